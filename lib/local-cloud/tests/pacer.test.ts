import { expect, test } from 'vitest';
import { Pacer } from '../api-gateway/pacer.ts';

function paced() {
  let now = 1_000;
  const pacer = new Pacer(1_000, () => now);
  const pass = (ms: number) => {
    now += ms;
  };
  return { pacer, pass };
}

test('the first does not wait, and those of a burst go one after another, at most a second later', () => {
  const { pacer, pass } = paced();
  const burst = Array.from({ length: 800 }, () => pacer.delayMs(2));
  expect(burst.slice(0, 4)).toEqual([0, 2, 4, 6]);
  expect(Math.max(...burst)).toBe(1_000);
  pass(5_000);
  expect(pacer.delayMs(2)).toBe(0);
});

test('work that arrives more slowly than it costs does not wait', () => {
  const { pacer, pass } = paced();
  for (let count = 0; count < 100; count += 1) {
    expect(pacer.delayMs(2)).toBe(0);
    pass(2);
  }
});

test('more expensive work delays the next work longer', () => {
  const { pacer } = paced();
  expect([10, 1, 0, 5].map((costMs) => pacer.delayMs(costMs))).toEqual([0, 10, 11, 11]);
});
