import { describe, expect, test } from 'vitest';
import { parseExpression } from '../cloudwatch/alarms/metric-math.ts';

const evaluate = (text: string, operands: Record<string, (number | null)[]>) =>
  parseExpression(text).evaluate(operands, Object.values(operands)[0]?.length ?? 0);

describe('what the stack uses', () => {
  test.each([
    ['100 * borrowed / allowed', { borrowed: [10, 0, null], allowed: [20, 20, 20] }, [50, 0, null]],
    ['rate * 300', { rate: [0.01, null, 0] }, [3, null, 0]],
    ['FILL(a, 0) + FILL(b, 0)', { a: [1, null, null], b: [null, 2, null] }, [1, 2, 0]],
    ['100 * FILL(pinned, 0) / n', { pinned: [null, 1], n: [10, 10] }, [0, 10]],
    ['IF(received > 0, rejected / received, 0)', { received: [10, 0, null], rejected: [1, 0, null] }, [0.1, 0, null]],
    [
      'IF(requests >= 20, 100 * FILL(errors, 0) / requests, 0)',
      { requests: [19, 20, 40, null], errors: [19, null, 10, 3] },
      [0, 0, 25, null],
    ],
  ])('%s', (text, operands, expected) => {
    expect(evaluate(text, operands)).toEqual(expected);
  });
});

describe('rules of arithmetic', () => {
  test.each([
    ['a + 2 * 3', 7],
    ['(a + 2) * 3', 9],
    ['8 / 4 / 2 * a', 1],
    ['2 - 3 - a', -2],
    ['-a + 3', 2],
    ['a > 0 AND a < 2', 1],
    ['a > 1 || a == 1', 1],
    ['a != 1', 0],
    ['1e3 * a', 1000],
    ['0.5 * a', 0.5],
  ])('%s is %d', (text, expected) => {
    expect(evaluate(text, { a: [1] })).toEqual([expected]);
  });

  test('a division by zero has no result', () => {
    expect(evaluate('a / b', { a: [1, 0, 1], b: [0, 0, 2] })).toEqual([null, null, 0.5]);
  });

  test('IF needs only the branch that it takes', () => {
    expect(evaluate('IF(a > 0, b, 7)', { a: [1, 0, 1], b: [5, null, null] })).toEqual([5, 7, null]);
  });
});

describe('what is not emulated is refused', () => {
  test.each([
    ['ANOMALY_DETECTION_BAND(m1, 2)', /ANOMALY_DETECTION_BAND with 2 arguments is not emulated/],
    ['FILL(a)', /FILL with 1 arguments/],
    ['IF(a, 1)', /IF with 2 arguments/],
    ['a +', /ends too early/],
    ['a b', /nothing is expected after the end, not b/],
    ['(a', /\) is expected, not the end/],
    ['a % 2', /"% 2" is not valid/],
    ['1 + 1', /mentions no metric/],
  ])('%s', (text, message) => {
    expect(() => parseExpression(text)).toThrow(message);
  });
});
