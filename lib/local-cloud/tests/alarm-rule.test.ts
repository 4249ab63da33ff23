import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AlarmState } from '../cloudwatch/alarms/alarm.ts';
import { parseAlarmRule } from '../cloudwatch/alarms/alarm-rule.ts';

const STATES = ['OK', 'ALARM', 'INSUFFICIENT_DATA'] as const satisfies readonly AlarmState[];
const NAMES = ['a', 'tick-store-probe-up-critical', 'with space', 'AND', '(odd)', 'quo"te', 'back\\slash'] as const;

type Tree =
  | { readonly kind: 'TRUE' | 'FALSE' }
  | { readonly kind: 'state'; readonly state: AlarmState; readonly alarm: string }
  | { readonly kind: 'NOT'; readonly of: Tree }
  | { readonly kind: 'AND' | 'OR'; readonly of: readonly Tree[] }
  | {
      readonly kind: 'AT_LEAST';
      readonly count: number;
      readonly percent: boolean;
      readonly negated: boolean;
      readonly state: AlarmState;
      readonly alarms: readonly string[];
    };

const quote = (name: string) => `"${name.replaceAll(/["\\]/g, '\\$&')}"`;

function write(tree: Tree): string {
  switch (tree.kind) {
    case 'TRUE':
    case 'FALSE':
      return tree.kind;
    case 'state':
      return `${tree.state}(${quote(tree.alarm)})`;
    case 'NOT':
      return `NOT (${write(tree.of)})`;
    case 'AT_LEAST': {
      const threshold = tree.percent ? `${Math.round((100 * tree.count) / tree.alarms.length)}%` : tree.count;
      return `AT_LEAST(${threshold}, ${tree.negated ? 'NOT ' : ''}${tree.state}, (${tree.alarms.map(quote).join(', ')}))`;
    }
    default:
      return tree.of.map((one) => `(${write(one)})`).join(` ${tree.kind} `);
  }
}

function holds(tree: Tree, stateOf: (alarm: string) => AlarmState): boolean {
  switch (tree.kind) {
    case 'TRUE':
      return true;
    case 'FALSE':
      return false;
    case 'state':
      return stateOf(tree.alarm) === tree.state;
    case 'NOT':
      return !holds(tree.of, stateOf);
    case 'AND':
      return tree.of.every((one) => holds(one, stateOf));
    case 'OR':
      return tree.of.some((one) => holds(one, stateOf));
    case 'AT_LEAST': {
      const matching = tree.alarms.filter((alarm) => (stateOf(alarm) === tree.state) !== tree.negated).length;
      // four alarms at most: a rounded percentage still means the same count
      return matching >= tree.count;
    }
  }
}

const state = fc.constantFrom(...STATES);
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.record({ kind: fc.constant('state' as const), state, alarm: fc.constantFrom(...NAMES) }),
    fc.record({ kind: fc.constantFrom('TRUE' as const, 'FALSE' as const) }),
    fc.record({ kind: fc.constant('NOT' as const), of: tie('tree') }),
    fc.record({
      kind: fc.constantFrom('AND' as const, 'OR' as const),
      of: fc.array(tie('tree'), { minLength: 2, maxLength: 4 }),
    }),
    fc
      .record({
        alarms: fc.constantFrom(...[2, 4].map((length) => NAMES.slice(0, length))),
        share: fc.integer({ min: 1, max: 2 }),
        percent: fc.boolean(),
        negated: fc.boolean(),
        state,
      })
      .map(({ share, ...rest }) => ({ kind: 'AT_LEAST' as const, count: share, ...rest })),
  ),
}));

const states = fc.record(Object.fromEntries(NAMES.map((name) => [name, state])));

test('a printed rule means the same as its tree, in any state of its alarms', () => {
  fc.assert(
    fc.property(tree, states, (rule, byName) => {
      const stateOf = (alarm: string) => byName[alarm] as AlarmState;
      expect(parseAlarmRule(write(rule)).holds(stateOf)).toBe(holds(rule, stateOf));
    }),
    { numRuns: 500 },
  );
});

describe('precedence and names', () => {
  const inAlarm =
    (...names: string[]) =>
    (alarm: string): AlarmState =>
      names.includes(alarm) ? 'ALARM' : 'OK';

  test.each([
    ['ALARM(a) OR ALARM(b) AND ALARM(c)', ['a'], true],
    ['(ALARM(a) OR ALARM(b)) AND ALARM(c)', ['a'], false],
    ['NOT ALARM(a) AND ALARM(b)', ['b'], true],
    ['NOT (ALARM(a) OR ALARM(b))', ['b'], false],
    ['ALARM("arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a") AND OK(b)', ['a'], true],
    ['AT_LEAST(50%, ALARM, (a, b, c))', ['a'], false],
    ['AT_LEAST(50%, ALARM, (a, b, c))', ['a', 'c'], true],
    ['AT_LEAST(2, NOT OK, (a, b, c))', ['a', 'c'], true],
  ])('%s with %s in alarm: %s', (rule, names, expected) => {
    expect(parseAlarmRule(rule).holds(inAlarm(...names))).toBe(expected);
  });

  test('the alarms in a rule are listed by name, once each', () => {
    expect(parseAlarmRule('ALARM(a) OR OK("b c") OR OK(a)').alarms).toEqual(['a', 'b c']);
  });
});

describe('an invalid rule is refused', () => {
  test.each([
    ['', /ends too early/],
    ['ALARM(a', /\) is expected, not the end/],
    ['ALARM(a) ALARM(b)', /nothing is expected after the end, not ALARM/],
    ['ALARMED(a)', /ALARMED is not a state of an alarm/],
    ['ALARM()', /an alarm is expected, not \)/],
    ['AT_LEAST(4, ALARM, (a, b, c))', /AT_LEAST\(4\) must be 1 to 3/],
    ['AT_LEAST(0%, ALARM, (a))', /must be 1 to 100/],
    [Array.from({ length: 101 }, (_, i) => `ALARM(a${i})`).join(' OR '), /more than 100 alarms/],
    [Array.from({ length: 501 }, () => 'TRUE').join(' AND '), /more than 500 elements/],
  ])('%.40s', (rule, message) => {
    expect(() => parseAlarmRule(rule)).toThrow(message);
  });
});
