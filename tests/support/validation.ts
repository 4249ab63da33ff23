import { expect } from 'vitest';
import { alertLogFields } from '../../functions/contract/alert-logs.ts';
import { tickFields } from '../../functions/contract/market-data.ts';
import type { References } from '../../functions/ingest/references.ts';
import { readAll, type UsualBatch, type UsualReader } from '../../functions/ingest/usual-rows.ts';
import { type Validated, type ValidationOptions, validateRecords } from '../../functions/ingest/validate-records.ts';

/** Validation without a database: instruments ES (1) and NQ (2), rule 7, and a fixed time. */

export const NOW = '2026-11-02T15:00:00Z';

const SYMBOLS = new Map([
  ['ES', 1],
  ['NQ', 2],
]);

/** The instruments and the rule. */
export const REFERENCES: References = {
  instrumentBySymbol: (symbol) => SYMBOLS.get(symbol),
  inOtherCase: (symbol) => (SYMBOLS.has(symbol.toUpperCase()) ? symbol.toUpperCase() : undefined),
  hasInstrument: (id) => id === 1 || id === 2,
  isActive: (id) => id === 1 || id === 2,
  hasRule: (id) => id === 7,
};

const COMMON: Omit<ValidationOptions, 'fields'> = {
  references: REFERENCES,
  nowMicros: Date.parse(NOW) * 1000,
  time: { missingOffset: 'refuse', truncate: false },
};

export const validateTicks = (records: readonly unknown[], options: Partial<ValidationOptions> = {}): Validated =>
  validateRecords(records, { fields: tickFields, ...COMMON, ...options });

export const validateAlertLogs = (records: readonly unknown[], options: Partial<ValidationOptions> = {}): Validated =>
  validateRecords(records, { fields: alertLogFields, ...COMMON, ...options });

/** The verdict on one record: `accepted`, or `path: code`. */
export function verdict({ rejections }: Validated): string {
  const [rejection] = rejections;
  return rejection === undefined ? 'accepted' : `${rejection.path}: ${rejection.code}`;
}

/** The values of a column for the accepted records, NaN as null. */
export function valuesOf({ columns }: Validated, name: string): (number | string | null)[] {
  const values: (number | string | null)[] = [...(columns.column(name)?.values ?? [])].slice(0, columns.length);
  return values.map((value) => (typeof value === 'number' && Number.isNaN(value) ? null : value));
}

/** Reads a body at once, and checks that reading it record by record gives the same. */
export function readBothWays(open: () => UsualReader | undefined): UsualBatch | undefined {
  const batch = readAll(open());
  const reader = open();
  let progress = reader?.read(1);
  while (progress === 'more') progress = reader?.read(1);
  if ((progress === 'done') !== (batch !== undefined)) throw new Error(`read at once, but ${progress} in steps`);
  if (reader === undefined || batch === undefined) return undefined;
  expect(reader.batch.lines).toEqual(batch.lines);
  expect(contentsOf(reader.batch.validated)).toEqual(contentsOf(batch.validated));
  return batch;
}

/** The complete result of validating a batch, in a form that can be compared. */
export const contentsOf = (validated: Validated) => {
  const { columns, received, rejected, rejections, truncated } = validated;
  return {
    ...{ received, rejected, rejections, truncated },
    indexes: [...columns.indexes.subarray(0, columns.length)],
    timestamps: [...columns.timestamps.subarray(0, columns.length)],
    instruments: [...columns.instruments.subarray(0, columns.length)],
    values: columns.columns.map(({ field }) =>
      valuesOf(validated, field.name).map((value) => (Object.is(value, -0) ? '-0' : value)),
    ),
  };
};
