import { TokenReader, tokenise } from './tokens.ts';

/** One value per period, oldest first; null if there is no datapoint. */
export type SeriesValues = readonly (number | null)[];

/** The series of the names in an expression; all have the same length. */
export type Operands = Readonly<Record<string, SeriesValues>>;

export interface Expression {
  /** The names that it uses. */
  readonly names: ReadonlySet<string>;
  evaluate(operands: Operands, periods: number): SeriesValues;
}

type MathNode = (operands: Operands, period: number) => number | null;

const PATTERNS = {
  number: /\d+(\.\d+)?([eE][+-]?\d+)?/,
  name: /[A-Za-z][A-Za-z0-9_]*/,
  operator: /&&|\|\||<=|>=|==|!=|[-+*/<>(),]/,
};

/** From the loosest to the tightest. */
const BINARY: readonly Readonly<Record<string, (a: number, b: number) => number>>[] = [
  { '||': (a, b) => Number(a !== 0 || b !== 0), OR: (a, b) => Number(a !== 0 || b !== 0) },
  { '&&': (a, b) => Number(a !== 0 && b !== 0), AND: (a, b) => Number(a !== 0 && b !== 0) },
  {
    '<': (a, b) => Number(a < b),
    '<=': (a, b) => Number(a <= b),
    '>': (a, b) => Number(a > b),
    '>=': (a, b) => Number(a >= b),
    '==': (a, b) => Number(a === b),
    '!=': (a, b) => Number(a !== b),
  },
  { '+': (a, b) => a + b, '-': (a, b) => a - b },
  { '*': (a, b) => a * b, '/': (a, b) => a / b },
];

const WORDS = new Set(['AND', 'OR']);

/**
 * CloudWatch's metric math, as far as alarms of the stack use it: arithmetic, comparisons, AND and OR, IF with three
 * arguments, FILL with a number. A period in which an operand has no datapoint has no result, and neither has a
 * division by zero. FILL sets its number for every period without data, also for a metric that has never had any.
 * @throws Error for anything else, and for an expression without a metric
 */
export function parseExpression(text: string): Expression {
  const reader = new TokenReader(tokenise(text, PATTERNS));
  const names = new Set<string>();
  const root = binary(0);
  reader.expectEnd();
  if (names.size === 0) throw new Error('it mentions no metric');
  return {
    names,
    evaluate: (operands, periods) => Array.from({ length: periods }, (_, period) => root(operands, period)),
  };

  function binary(level: number): MathNode {
    const operators = BINARY[level];
    if (!operators) return unary();
    let left = binary(level + 1);
    for (;;) {
      const apply = operators[reader.peek()?.text ?? ''];
      if (!apply) return left;
      reader.take();
      left = both(left, binary(level + 1), apply);
    }
  }

  function unary(): MathNode {
    if (!reader.accept('-')) return primary();
    const operand = unary();
    return (operands, period) => mapped(operand(operands, period), (value) => -value);
  }

  function primary(): MathNode {
    if (reader.accept('(')) {
      const inner = binary(0);
      reader.expect(')');
      return inner;
    }
    const { kind, text: token } = reader.take();
    if (kind === 'number') return () => Number(token);
    if (kind !== 'name' || WORDS.has(token)) throw new Error(`${token} is not expected`);
    return reader.accept('(') ? call(token) : named(token);
  }

  function named(name: string): MathNode {
    names.add(name);
    return (operands, period) => operands[name]?.[period] ?? null;
  }

  function call(name: string): MathNode {
    const args = [binary(0)];
    while (reader.accept(',')) args.push(binary(0));
    reader.expect(')');
    const [first, second, third, ...more] = args as [MathNode, ...MathNode[]];
    if (name === 'IF' && second && third && more.length === 0) return choice(first, second, third);
    if (name === 'FILL' && second && !third) return filled(first, second);
    throw new Error(`${name} with ${args.length} arguments is not emulated`);
  }
}

const both =
  (left: MathNode, right: MathNode, apply: (a: number, b: number) => number): MathNode =>
  (operands, period) => {
    const a = left(operands, period);
    const b = right(operands, period);
    return a === null || b === null ? null : mapped(apply(a, b), (value) => value);
  };

const choice =
  (condition: MathNode, then: MathNode, otherwise: MathNode): MathNode =>
  (operands, period) => {
    const chosen = condition(operands, period);
    if (chosen === null) return null;
    return chosen === 0 ? otherwise(operands, period) : then(operands, period);
  };

const filled =
  (series: MathNode, filling: MathNode): MathNode =>
  (operands, period) =>
    series(operands, period) ?? filling(operands, period);

/** Null for null, and for a result that is not a finite number. */
function mapped(value: number | null, change: (value: number) => number): number | null {
  if (value === null) return null;
  const result = change(value);
  return Number.isFinite(result) ? result : null;
}
