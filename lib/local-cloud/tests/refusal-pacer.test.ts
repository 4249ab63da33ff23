import { expect, test } from 'vitest';
import { RefusalPacer } from '../api-gateway/refusal-pacer.ts';

function paced() {
  let now = 1_000;
  const pacer = new RefusalPacer(() => now);
  const pass = (ms: number) => {
    now += ms;
  };
  return { pacer, pass };
}

test('a refusal goes out at once, and those of a burst one after another, up to a second later', () => {
  const { pacer, pass } = paced();
  const burst = Array.from({ length: 800 }, () => pacer.delayMs({}));
  expect(burst.slice(0, 4)).toEqual([0, 2, 4, 6]);
  expect(Math.max(...burst)).toBe(1_000);
  pass(5_000);
  expect(pacer.delayMs({})).toBe(0);
});

test('who waits as long as Retry-After says waits no longer for the next refusal', () => {
  const { pacer, pass } = paced();
  const connection = {};
  for (let retry = 0; retry < 5; retry += 1) {
    expect(pacer.delayMs(connection)).toBe(0);
    pass(1_000);
  }
});

test('who does not waits ever longer, up to five seconds', () => {
  const { pacer, pass } = paced();
  const connection = {};
  const delays = Array.from({ length: 8 }, () => {
    const delay = pacer.delayMs(connection);
    pass(delay + 5);
    return delay;
  });
  expect(delays).toEqual([0, 1_000, 2_000, 3_000, 4_000, 5_000, 5_000, 5_000]);
  pass(1_000);
  expect(pacer.delayMs(connection)).toBe(0);
});
