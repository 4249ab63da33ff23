import { batchIdOf } from '../contract/batches.ts';
import type { Field } from '../contract/fields.ts';
import { type Tick, tickFields } from '../contract/market-data.ts';
import { numberOf, numberText } from '../records/number-text.ts';
import { fieldValues } from '../records/record-rows.ts';
import type { TickRow, TickTextRow } from './sql/select-ticks.ts';

/** Prices rounded to the instrument's decimals, or as they are stored. */
export type Precision = 'instrument' | 'stored';

/** Writes rows as ticks, with prices in the requested precision. */
export const tickWriter =
  (precision: Precision) =>
  (row: TickRow): Tick => ({
    id: row.id,
    timestamp: row.timestamp,
    instrumentId: row.instrument_id,
    symbol: row.symbol,
    ...fieldValues(tickFields, row, precision === 'stored' ? undefined : row.price_decimals),
    batchId: batchIdOf(row.id),
    deletedAt: row.deleted_at,
    deletedBy: row.deleted_by,
  });

/** Writes the rows of a page: as objects, or directly as the JSON of those objects. */
export interface TickTexts {
  readonly objectOf: (row: TickTextRow) => Tick;
  readonly jsonOf: (row: TickTextRow) => string;
  /** Counts the characters of the JSON that take one more byte inside another JSON string: quotes and backslashes. */
  readonly escapesOf: (row: TickTextRow) => number;
}

interface TickMember {
  readonly column: string;
  /** What comes before its value. */
  readonly before: string;
  readonly isNumber: boolean;
  readonly isRounded: boolean;
}

const MEMBERS: readonly TickMember[] = tickFields.map(({ name, column, kind, ...field }: Field) => ({
  column,
  before: `,"${name}":`,
  isNumber: kind === 'number',
  isRounded: field.rounded === true,
}));

/** The other members, and the texts among their values that are always present. */
const OTHER_MEMBERS = ['id', 'timestamp', 'instrumentId', 'symbol', 'batchId', 'deletedAt', 'deletedBy'].length;
const QUOTES = 2 * (OTHER_MEMBERS + MEMBERS.length) + 2;

/**
 * Writers of rows of `listTicks`. 10,000 ticks with every field as JSON, from the driver's rows: docs/performance.md.
 * tests/unit/write-ticks.test.ts compares the two.
 */
export function tickTexts(precision: Precision): TickTexts {
  const toTick = tickWriter(precision);
  const symbols = new Map<string, { readonly json: string; readonly escapes: number }>();
  return {
    objectOf: (row) => toTick(withNumbers(row)),
    jsonOf,
    escapesOf: ({ symbol, deleted_at: deleted }) => QUOTES + symbolOf(symbol).escapes + (deleted === null ? 0 : 2),
  };

  function jsonOf(row: TickTextRow): string {
    const columns = row as Readonly<Record<string, number | string | null>>;
    const decimals = precision === 'stored' ? undefined : row.price_decimals;
    let fields = '';
    for (const { column, before, isRounded } of MEMBERS)
      fields += before + numberText(columns[column] as number | string | null, isRounded ? decimals : undefined);
    return `{"id":${row.id},"timestamp":"${row.timestamp}","instrumentId":${row.instrument_id},"symbol":${symbolOf(row.symbol).json}${fields},"batchId":${batchIdOf(row.id)},"deletedAt":${row.deleted_at === null ? 'null' : `"${row.deleted_at}"`},"deletedBy":${row.deleted_by}}`;
  }

  function symbolOf(symbol: string) {
    const known = symbols.get(symbol);
    if (known !== undefined) return known;
    const json = JSON.stringify(symbol);
    const made = { json, escapes: json.match(/["\\]/g)?.length ?? 0 };
    symbols.set(symbol, made);
    return made;
  }
}

function withNumbers(row: TickTextRow): TickRow {
  const columns: Record<string, unknown> = { ...row };
  for (const { column, isNumber } of MEMBERS) {
    const value = columns[column];
    if (isNumber && typeof value === 'string') columns[column] = numberOf(value);
  }
  return columns as unknown as TickRow;
}
