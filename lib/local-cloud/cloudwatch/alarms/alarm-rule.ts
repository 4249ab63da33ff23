import type { AlarmState } from './alarm.ts';
import { TokenReader, tokenise } from './tokens.ts';

/** The rule of a composite alarm. */
export interface AlarmRule {
  /** Names of the alarms that it refers to, in order. */
  readonly alarms: readonly string[];
  /** @param stateOf returns an alarm's state by its name */
  holds(stateOf: (alarm: string) => AlarmState): boolean;
}

type RuleNode = (stateOf: (alarm: string) => AlarmState) => boolean;

const PATTERNS = {
  quoted: /"(?:[^"\\]|\\.)*"/,
  symbol: /[(),]/,
  word: /[^\s(),"]+/,
};

const STATES: ReadonlySet<string> = new Set<AlarmState>(['ALARM', 'OK', 'INSUFFICIENT_DATA']);
/** CloudWatch's limits. */
const MAX_CHILDREN = 100;
const MAX_ELEMENTS = 500;

/**
 * Parses CloudWatch's AlarmRule: `ALARM()`, `OK()`, `INSUFFICIENT_DATA()` with a name or an ARN, `AND`, `OR`, `NOT`,
 * `TRUE`, `FALSE`, parentheses, and `AT_LEAST(2, ALARM, (a, b, c))` or `AT_LEAST(50%, NOT OK, (…))`. NOT binds
 * tightest, OR loosest.
 * @throws Error for a syntax error, more than 100 alarms, or more than 500 elements
 */
export function parseAlarmRule(text: string): AlarmRule {
  const reader = new TokenReader(tokenise(text, PATTERNS));
  const alarms = new Set<string>();
  let elements = 0;
  const root = or();
  reader.expectEnd();
  if (alarms.size > MAX_CHILDREN) throw new Error(`it mentions more than ${MAX_CHILDREN} alarms`);
  if (elements > MAX_ELEMENTS) throw new Error(`it has more than ${MAX_ELEMENTS} elements`);
  return { alarms: [...alarms], holds: root };

  function or(): RuleNode {
    const operands = [and()];
    while (reader.accept('OR')) operands.push(and());
    return (stateOf) => operands.some((operand) => operand(stateOf));
  }

  function and(): RuleNode {
    const operands = [not()];
    while (reader.accept('AND')) operands.push(not());
    return (stateOf) => operands.every((operand) => operand(stateOf));
  }

  function not(): RuleNode {
    if (!reader.accept('NOT')) return primary();
    const operand = not();
    return (stateOf) => !operand(stateOf);
  }

  function primary(): RuleNode {
    elements += 1;
    if (reader.accept('(')) {
      const inner = or();
      reader.expect(')');
      return inner;
    }
    if (reader.accept('TRUE')) return () => true;
    if (reader.accept('FALSE')) return () => false;
    if (reader.accept('AT_LEAST')) return atLeast();
    const state = readState();
    reader.expect('(');
    const alarm = readAlarm();
    reader.expect(')');
    return (stateOf) => stateOf(alarm) === state;
  }

  function atLeast(): RuleNode {
    reader.expect('(');
    const threshold = reader.take().text;
    reader.expect(',');
    const negated = reader.accept('NOT');
    const state = readState();
    reader.expect(',');
    reader.expect('(');
    const of = [readAlarm()];
    while (reader.accept(',')) of.push(readAlarm());
    reader.expect(')');
    reader.expect(')');
    const needed = neededOf(threshold, of.length);
    return (stateOf) => of.filter((alarm) => (stateOf(alarm) === state) !== negated).length >= needed;
  }

  function readState(): AlarmState {
    const { text: state } = reader.take();
    if (!STATES.has(state)) throw new Error(`${state} is not a state of an alarm`);
    return state as AlarmState;
  }

  function readAlarm(): string {
    const { kind, text: written } = reader.take();
    if (kind === 'symbol') throw new Error(`an alarm is expected, not ${written}`);
    const name = nameOf(kind === 'quoted' ? written.slice(1, -1).replaceAll(/\\(.)/g, '$1') : written);
    alarms.add(name);
    elements += 1;
    return name;
  }
}

/** The part of an ARN after `:alarm:`; a name stays as it is. */
const nameOf = (reference: string): string =>
  /^arn:[^:]*:cloudwatch:[^:]*:[^:]*:alarm:(.*)$/.exec(reference)?.[1] ?? reference;

function neededOf(threshold: string, of: number): number {
  const [, digits, percent] = /^(\d+)(%?)$/.exec(threshold) ?? [];
  const value = Number(digits);
  const most = percent ? 100 : of;
  if (digits === undefined || value < 1 || value > most) throw new Error(`AT_LEAST(${threshold}) must be 1 to ${most}`);
  return percent ? Math.ceil((value / 100) * of) : value;
}
