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
  const burst = Array.from({ length: 800 }, () => pacer.delayMs());
  expect(burst.slice(0, 4)).toEqual([0, 2, 4, 6]);
  expect(Math.max(...burst)).toBe(1_000);
  pass(5_000);
  expect(pacer.delayMs()).toBe(0);
});

test('refusals that come more slowly than 500 per second do not wait', () => {
  const { pacer, pass } = paced();
  for (let refusal = 0; refusal < 100; refusal += 1) {
    expect(pacer.delayMs()).toBe(0);
    pass(2);
  }
});
