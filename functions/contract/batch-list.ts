import * as z from 'zod';
import { BAR_LENGTHS } from './batches.ts';
import { id, timestamp } from './fields.ts';
import { cursor, endTime, inOrder, integer, lookup, NOT_IN_ORDER, time } from './parameters.ts';

/** Whether a batch was stored, or refused as a whole; a refused one is kept for a week. */
export const BATCH_STATUSES = ['stored', 'refused'] as const;
export type BatchStatus = (typeof BATCH_STATUSES)[number];

/** The query parameters of a list of batches. */
export const batchListQuery = z
  .strictObject({
    actor: lookup(2048).optional().describe('Only batches of this caller, by the whole identity.'),
    status: z
      .enum(BATCH_STATUSES)
      .optional()
      .describe('Only batches that were stored, or that were refused as a whole.'),
    start: time.optional().describe('Not sent before this time.'),
    end: endTime.optional().describe('Not sent after this time.'),
    limit: integer(1, 1000, 100).describe('Batches per page.'),
    cursor: cursor.optional(),
  })
  .refine(inOrder, NOT_IN_ORDER);

const count = z.int().min(0);

/** A batch in a list. Its receipt has the ranges and the rejections. */
export const batchSummary = z
  .object({
    batchId: id,
    status: z.enum(BATCH_STATUSES),
    at: timestamp.meta({ description: 'When the batch was sent.' }),
    actor: z.string(),
    idempotencyKey: z.string().nullable().meta({ description: 'Null where the client sent none.' }),
    bars: z
      .enum(BAR_LENGTHS)
      .nullable()
      .meta({ description: 'The length of its bars; null for ticks and alert logs.' }),
    received: count,
    inserted: count,
    replaced: count,
    duplicates: count,
    conflicts: count,
    tombstoned: count,
    rejected: count,
    earliest: timestamp.nullable().meta({ description: 'The earliest timestamp of its accepted records.' }),
    latest: timestamp.nullable().meta({ description: 'The latest one.' }),
  })
  .meta({ id: 'BatchSummary' });
export type BatchSummary = z.output<typeof batchSummary>;
