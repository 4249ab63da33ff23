import * as z from 'zod';

/**
 * A record's fields as data. The ingest decoder, the CSV header, the SQL column lists and the OpenAPI document all come
 * from these tables, so they cannot disagree.
 */

/** One field of a record. `column` is its name in SQL and its second name in a CSV header. */
export interface Field {
  readonly name: string;
  readonly column: string;
  readonly kind: 'number' | 'integer' | 'timestamp' | 'text' | 'choice';
  readonly required?: boolean;
  readonly nonNegative?: boolean;
  readonly choices?: readonly string[];
  readonly maxLength?: number;
  /** What is stored for a choice that is null or absent. */
  readonly fallback?: string;
  /** Further names for a CSV column. */
  readonly csvNames?: readonly string[];
  readonly description: string;
}

/** The largest integer that JSON, JavaScript and the id scheme share. */
export const MAX_INTEGER = Number.MAX_SAFE_INTEGER;

/** Whether Postgres can store a text: it has no NUL, and half a surrogate pair has no UTF-8. */
export const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

/** Text that a person writes, of a length in UTF-16 units. */
export const text = (min: number, max: number) =>
  z.string().min(min).max(max).refine(isStorable, 'has a character that cannot be stored');

export const id = z.int().min(1).max(MAX_INTEGER);
export const symbol = z
  .string()
  .regex(/^[!-+\--~]{1,20}$/, 'must be 1 to 20 visible ASCII characters, none of them a comma')
  .meta({
    description: 'An instrument as the market calls it. Case matters, but no two differ in case only.',
    example: 'ES',
  });
export const timestamp = z.iso
  .datetime({ offset: true })
  .meta({ description: 'ISO 8601, microseconds kept.', example: '2026-01-31T23:59:59.123456Z' });

/** A time as records give it: looser than `timestamp`, which is how answers show one. */
const timeInput = z.union([
  z.string().meta({
    description: 'ISO 8601 (`T` or a space) with an offset, at most microseconds.',
    example: '2026-01-31T23:59:59.123456Z',
  }),
  z.number().meta({ description: 'Epoch milliseconds.' }),
]);

const kinds: Record<Field['kind'], (field: Field) => z.ZodType> = {
  number: (field) => (field.nonNegative ? z.number().min(0) : z.number()),
  integer: () => z.int(),
  timestamp: () => timeInput,
  text: (field) => z.string().max(field.maxLength ?? 1000),
  choice: (field) => z.enum((field.choices ?? []) as [string, ...string[]]),
};

/** The schema of one record of a batch, for the OpenAPI document; `functions/ingest/validate-records.ts` does the work. */
export function recordSchema(fields: readonly Field[]): z.ZodType {
  const shape: Record<string, z.ZodType> = {
    timestamp: timeInput.meta({ description: 'When the record was true: 1970 to now + 1 day.' }),
    instrumentId: id
      .nullable()
      .optional()
      .meta({ description: 'The instrument; or `symbol`, here or as a query parameter.' }),
    symbol: symbol.nullable().optional(),
  };
  for (const field of fields) {
    const schema = kinds[field.kind](field);
    shape[field.name] = (field.required ? schema : schema.nullable().optional()).meta({
      description: field.description,
    });
  }
  return z.strictObject(shape);
}
