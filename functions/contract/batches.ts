import * as z from 'zod';
import { id } from './fields.ts';
import { flag, instrumentQuery, integer, NOT_BOTH, notBoth } from './parameters.ts';

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
/** Rows per statement unless the caller sets `batchSize`: the original's number. */
export const DEFAULT_INGEST_BATCH_SIZE = 1000;

/** Media types of a batch's body. */
export const BATCH_MEDIA_TYPES = ['application/json', 'application/x-ndjson', 'text/csv'] as const;
export type BatchMediaType = (typeof BATCH_MEDIA_TYPES)[number];

/** A batch's body as received, unpacked. */
export interface BatchBody {
  readonly text: string;
  readonly mediaType: BatchMediaType;
}

export const ingestQuery = z
  .strictObject({
    ...instrumentQuery,
    atomic: flag.describe('Write nothing if any record is rejected or conflicts.'),
    batchSize: integer(1, MAX_RECORDS, DEFAULT_INGEST_BATCH_SIZE).describe(
      'Rows per statement. Raised where the batch would take more than 250 statements; it is one transaction either way.',
    ),
  })
  .refine(notBoth, NOT_BOTH);
export type IngestQuery = z.output<typeof ingestQuery>;

/** Ranges of input indexes or ids, both ends included, ascending and apart. */
export const ranges = z.array(z.tuple([z.int(), z.int()])).meta({ id: 'Ranges', example: [[0, 1]] });
export type Range = readonly [from: number, to: number];

export const rejection = z
  .object({ index: z.int().min(0), path: z.string(), code: z.string(), message: z.string() })
  .meta({ id: 'Rejection' });
export type Rejection = z.output<typeof rejection>;

export const OUTCOMES = ['inserted', 'duplicates', 'conflicts', 'tombstoned', 'rejected'] as const;
export type Outcome = (typeof OUTCOMES)[number];

const count = z.int().min(0).max(MAX_RECORDS);

/** The response to a batch. Every input row has exactly one outcome. */
export const receipt = z
  .object({
    batchId: id,
    firstId: id.meta({ description: 'The record at input index i that was inserted has id firstId + i.' }),
    received: count,
    inserted: count,
    duplicates: count.meta({ description: 'Already stored with the same values.' }),
    conflicts: count.meta({ description: 'Already stored with other values, which are left unchanged.' }),
    tombstoned: count.meta({ description: 'Already stored and soft-deleted. They stay deleted.' }),
    rejected: count,
    outcomes: z.object({
      inserted: ranges,
      duplicates: ranges,
      conflicts: ranges,
      tombstoned: ranges,
      rejected: ranges,
    }),
    rejections: z.array(rejection).max(MAX_REJECTIONS),
  })
  .meta({ id: 'Receipt' });
export type Receipt = z.output<typeof receipt>;
