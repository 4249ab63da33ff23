import * as z from 'zod/mini';
import { documented, forDocument, made } from './documented.ts';
import { id } from './fields.ts';

/** The most records of one batch: an id's lower 16 bits are the record's index. */
export const MAX_RECORDS = 65_536;
/** The id of the record at input index 0 of a batch. */
export const firstIdOf = (batchId: number): number => batchId * MAX_RECORDS;
/** The batch that an id belongs to. */
export const batchIdOf = (id: number): number => Math.floor(id / MAX_RECORDS);
/** The largest unpacked body. Bytes. */
export const MAX_BODY_BYTES = 64 * 1024 * 1024;
/** The largest line of an NDJSON or CSV body, the Data API's limit for a row. Bytes. */
export const MAX_LINE_BYTES = 64 * 1024;
/** The most rejections that a receipt lists in detail. Its ranges hold all of them. */
export const MAX_REJECTIONS = 1000;

/** Media types of a batch's body. */
export const BATCH_MEDIA_TYPES = [
  'application/json',
  'application/x-ndjson',
  'text/csv',
  'text/tab-separated-values',
] as const;
/** One of `BATCH_MEDIA_TYPES`. */
export type BatchMediaType = (typeof BATCH_MEDIA_TYPES)[number];

/** Other names of those. */
export const MEDIA_TYPE_ALIASES: Readonly<Record<string, BatchMediaType>> = {
  'application/ndjson': 'application/x-ndjson',
  'application/jsonl': 'application/x-ndjson',
  'application/x-jsonlines': 'application/x-ndjson',
  'application/csv': 'text/csv',
};

/** A batch's body as received, unpacked. */
export interface BatchBody {
  readonly text: string;
  readonly mediaType: BatchMediaType;
}

/** The lengths that bars can have; the table keeps a length as its place here, from 1. */
export const BAR_LENGTHS = ['1s', '1m', '5m', '15m', '30m', '1h', '4h', '1d', '1w'] as const;
/** One of `BAR_LENGTHS`. */
export type BarLength = (typeof BAR_LENGTHS)[number];

/** What the table keeps of a length: its place in `BAR_LENGTHS` from 1, or 0 for ticks. */
export const barLengthOf = (bars: BarLength | undefined): number =>
  bars === undefined ? 0 : BAR_LENGTHS.indexOf(bars) + 1;

/** Which rows: bars of a length, or ticks where it is left out. */
export const bars = documented(
  z.optional(z.enum(BAR_LENGTHS)),
  forDocument({
    description: 'Bars of this length; ticks if omitted.',
  }),
);

/**
 * A range as JSON Schema has it in the document: two integers. As `prefixItems` with `items: false`, which zod makes of a
 * tuple, common tools cannot check it.
 */
const PAIR = { type: 'array', items: { type: 'integer' }, minItems: 2, maxItems: 2 };
/** Ranges of input indexes or ids, both ends included, ascending and without overlap. */
export const ranges = /* @__PURE__ */ made(() =>
  documented(
    z.array(documented(z.tuple([z.int(), z.int()]), forDocument({ parameter: PAIR }))),
    forDocument({
      id: 'Ranges',
      example: [[0, 1]],
    }),
  ),
);
/** A range of ids, both ends included. */
export const idRange = documented(z.tuple([id, id]), forDocument({ parameter: PAIR }));
/** A range of integers, both ends included. */
export type Range = readonly [from: number, to: number];

/** Why one record was rejected. `path` is its field, empty for the record as a whole. */
export const rejection = /* @__PURE__ */ made(() =>
  documented(
    z.object({
      index: z.int().check(z.minimum(0)),
      line: documented(
        z.optional(z.int().check(z.minimum(1))),
        forDocument({
          description: 'Line of the body in which the record begins, from 1. Only for NDJSON and CSV.',
        }),
      ),
      path: z.string(),
      code: z.string(),
      message: z.string(),
    }),
    forDocument({ id: 'Rejection' }),
  ),
);
/** See `rejection`. */
export type Rejection = z.output<typeof rejection>;

/** What can become of a record, in the order of a receipt. */
export const OUTCOMES = ['inserted', 'replaced', 'duplicates', 'conflicts', 'tombstoned', 'rejected'] as const;
/** One of `OUTCOMES`. */
export type Outcome = (typeof OUTCOMES)[number];
/** A value per outcome; `replaced` is one of batches with `onConflict=replace` alone. */
export type OfOutcomes<T> = Readonly<Record<Exclude<Outcome, 'replaced'>, T> & { replaced?: T }>;

const count = /* @__PURE__ */ made(() => z.int().check(z.minimum(0), z.maximum(MAX_RECORDS)));

/** The response to a batch. Every input row has exactly one outcome. */
export const receipt = /* @__PURE__ */ made(() =>
  documented(
    z.object({
      batchId: id,
      firstId: documented(
        id,
        forDocument({ description: 'The record at input index i that was stored has id firstId + i.' }),
      ),
      received: count,
      inserted: count,
      replaced: documented(
        z.optional(count),
        forDocument({
          description:
            'Stored in place of a row with the same key. Present only with `onConflict=replace`, like its ranges and `operationId`.',
        }),
      ),
      duplicates: documented(count, forDocument({ description: 'Already stored with the same values.' })),
      conflicts: documented(
        count,
        forDocument({ description: 'Already stored with other values, which are left unchanged.' }),
      ),
      tombstoned: documented(
        count,
        forDocument({ description: 'Already stored and soft-deleted. They stay deleted.' }),
      ),
      rejected: count,
      outcomes: z.object({
        inserted: ranges,
        replaced: z.optional(ranges),
        duplicates: ranges,
        conflicts: ranges,
        tombstoned: ranges,
        rejected: ranges,
      }),
      rejections: z.array(rejection).check(z.maxLength(MAX_REJECTIONS)),
      truncated: documented(
        z.optional(count),
        forDocument({
          description: 'Number of records with a time that was truncated to microseconds. Absent if there are none.',
        }),
      ),
      operationId: documented(
        z.optional(z.nullable(id)),
        forDocument({
          description:
            'The correction that replaced rows; a restoration with this id undoes it. Null if no row was replaced.',
        }),
      ),
      expired: documented(
        z.optional(z.object({ earliest: z.string(), latest: z.string() })),
        forDocument({
          description:
            'Present in a receipt that is older than the retention: the bounds of its timestamps. Its counts remain, its ranges and rejections are empty.',
        }),
      ),
      refused: documented(
        z.optional(z.enum(['all_rejected', 'atomic_rejected'])),
        forDocument({
          description:
            'Why nothing was stored. Only in the receipt of a refused batch, whose other outcomes say what would have been stored.',
        }),
      ),
    }),
    forDocument({ id: 'Receipt' }),
  ),
);
/** See `receipt`. */
export type Receipt = z.output<typeof receipt>;
