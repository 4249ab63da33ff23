import * as z from 'zod/mini';
import { documented, forDocument, made } from './documented.ts';

/**
 * A record's fields as data: one definition per kind of record (`tickFields`, `alertLogFields`). From it come the decoder
 * and its checks, the CSV titles, the SQL column lists, the row types, the response's mapper and schema, and the OpenAPI
 * document. So a new field is one line here, a migration that adds its column, and a test.
 */

/** The Postgres type of a field's column. */
export type ColumnType = 'float8' | 'int8' | 'int4' | 'timestamptz' | 'text';

/** One field of a record. */
export interface Field {
  readonly name: string;
  /** Its column, and its second title in a CSV header. */
  readonly column: string;
  readonly kind: 'number' | 'integer' | 'timestamp' | 'text' | 'choice';
  /** The column's type, where it is not the one that the kind has. */
  readonly type?: ColumnType;
  readonly required?: boolean;
  readonly nonNegative?: boolean;
  readonly choices?: readonly string[];
  readonly maxLength?: number;
  /** What is stored for a choice that is null or absent. */
  readonly fallback?: string;
  /** Further titles of a CSV column. */
  readonly csvNames?: readonly string[];
  /** Rounded in responses to the instrument's `priceDecimals`. */
  readonly rounded?: boolean;
  /** The id of an alert rule, which must exist. */
  readonly reference?: 'rule';
  /** Identifies the record with its instrument and timestamp; the other fields are its values. */
  readonly key?: boolean;
  /** For the OpenAPI document alone: `forDocument`. */
  readonly description: string | undefined;
}

const COLUMN_TYPES: Record<Field['kind'], ColumnType> = {
  number: 'float8',
  integer: 'int8',
  timestamp: 'timestamptz',
  text: 'text',
  choice: 'text',
};

/** The Postgres type of a field's column. */
export const columnTypeOf = (field: Field): ColumnType => field.type ?? COLUMN_TYPES[field.kind];

type Stored<F extends Field> = F['kind'] extends 'number' | 'integer'
  ? number
  : F['kind'] extends 'choice'
    ? NonNullable<F['choices']>[number]
    : string;
type IsPresent<F extends Field> = F extends { readonly required: true } | { readonly fallback: string } ? true : false;

/** What is stored of a field and returned: null if it is optional and was not sent. */
export type FieldValue<F extends Field> = IsPresent<F> extends true ? Stored<F> : Stored<F> | null;

/** The values of a record's fields, by their names. */
export type FieldValues<Fields extends readonly Field[]> = {
  [F in Fields[number] as F['name']]: FieldValue<F>;
};

/** The largest integer that JSON, JavaScript and the id scheme share. */
export const MAX_INTEGER = Number.MAX_SAFE_INTEGER;

/** Whether Postgres can store a text: it has no NUL, and half a surrogate pair has no UTF-8. */
export const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

/** Text that a person writes, of a length in UTF-16 units. */
export const text = /* @__NO_SIDE_EFFECTS__ */ (min: number, max: number) =>
  z
    .string()
    .check(
      z.minLength(min),
      z.maxLength(max),
      z.refine(isStorable, 'must not contain a NUL character or half of a surrogate pair'),
    );

/** Why rows change, in a person's words. */
export const reason = text(1, 500).check(z.refine((said) => said.trim() !== '', 'must not be blank'));

/** An id: a JSON integer from 1 to 2^53 - 1. */
export const id = z.int().check(z.minimum(1), z.maximum(MAX_INTEGER));
/**
 * Characters that nobody sees, by which two symbols would look alike: zero width ones, marks of direction, fillers, line and paragraph
 * separators. Joiners between two characters and variation selectors after one are part of how scripts are written.
 */
const INVISIBLE =
  /[\u2028\u2029]|(?!\p{Variation_Selector}|\u200C|\u200D)\p{Default_Ignorable_Code_Point}|^\p{Default_Ignorable_Code_Point}|(?:\u200C|\u200D)$/u;

/** The symbol of an instrument. U+FFFD stands for bytes that were not UTF-8. */
export const symbol = documented(
  z.string().check(
    z.normalize('NFC'),
    z.regex(
      /^[^\s\p{Cc}\p{Cs},\uFFFD](?:[^\p{Cc}\p{Cs},\uFFFD]{0,62}[^\s\p{Cc}\p{Cs},\uFFFD])?$/u,
      'must be 1 to 64 characters without a comma, a control character, or a space at an end',
    ),
    z.refine(
      (named) => !INVISIBLE.test(named),
      'must not contain a character that cannot be seen, such as a zero width space or a mark of direction',
    ),
  ),
  forDocument({
    description: 'The market symbol of an instrument. Case matters, but no two symbols differ only in case.',
    example: 'ES',
  }),
);
/** The name of an alert rule, which identifies it. */
export const ruleName = documented(text(1, 100), forDocument({ example: 'es-above-4300' }));
/** A time in a response: ISO 8601 in UTC with microseconds. */
export const timestamp = /* @__PURE__ */ made(() =>
  documented(
    z.iso.datetime({ offset: true }),
    forDocument({
      description: 'ISO 8601 with microseconds.',
      example: '2026-01-31T23:59:59.123456Z',
    }),
  ),
);

/** A time in a record: looser than `timestamp`, the format of responses. */
const timeInput = z.union([
  documented(
    z.string(),
    forDocument({
      description: 'ISO 8601 (`T` or a space) with an offset and at most six decimals.',
      example: '2026-01-31T23:59:59.123456Z',
    }),
  ),
  documented(z.number(), forDocument({ description: 'Epoch milliseconds.' })),
]);

const kinds: Record<Field['kind'], (field: Field) => z.ZodMiniType> = {
  number: (field) => (field.nonNegative ? z.number().check(z.minimum(0)) : z.number()),
  integer: () => z.int(),
  timestamp: () => timeInput,
  text: (field) => z.string().check(z.maxLength(field.maxLength ?? 1000)),
  choice: (field) => z.enum((field.choices ?? []) as [string, ...string[]]),
};

/** The schema of one record of a batch, for the OpenAPI document; `functions/ingest/validate-records.ts` does the work. */
export function recordSchema(fields: readonly Field[]): z.ZodMiniType {
  const shape: Record<string, z.ZodMiniType> = {
    timestamp: documented(
      timeInput,
      forDocument({ description: 'Time of the record, from 1970 to one day from now.' }),
    ),
    instrumentId: documented(
      z.optional(z.nullable(id)),
      forDocument({
        description: 'The instrument. `symbol` is the alternative, and either can be a query parameter.',
      }),
    ),
    symbol: z.optional(z.nullable(symbol)),
  };
  for (const field of fields) {
    const schema = kinds[field.kind](field);
    shape[field.name] = documented(
      field.required ? schema : z.optional(z.nullable(schema)),
      forDocument({
        description: field.description,
      }),
    );
  }
  return z.strictObject(shape);
}

const responseKinds: Record<Field['kind'], (field: Field) => z.ZodMiniType> = {
  number: () => z.number(),
  integer: (field) => (field.reference === undefined ? z.int() : id),
  timestamp: () => timestamp,
  text: () => z.string(),
  choice: (field) => z.enum((field.choices ?? []) as [string, ...string[]]),
};

/** The members of a response that are a record's fields, in the order of the fields. */
export function responseShape<const Fields extends readonly Field[]>(
  fields: Fields,
): { [F in Fields[number] as F['name']]: z.ZodMiniType<FieldValue<F>> } {
  const shape: Record<string, z.ZodMiniType> = {};
  for (const field of fields) {
    const schema = responseKinds[field.kind](field);
    const isPresent = field.required === true || field.fallback !== undefined;
    shape[field.name] = isPresent ? schema : z.nullable(schema);
  }
  return shape as { [F in Fields[number] as F['name']]: z.ZodMiniType<FieldValue<F>> };
}
