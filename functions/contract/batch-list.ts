import * as z from 'zod/mini';
import { BAR_LENGTHS } from './batches.ts';
import { documented, made } from './documented.ts';
import { id, timestamp } from './fields.ts';
import { cursor, endTime, inOrder, integer, lookup, NOT_IN_ORDER, search, time } from './parameters.ts';

/** Whether a batch was stored, or refused as a whole; a refused one is kept for a week. */
export const BATCH_STATUSES = ['stored', 'refused'] as const;
export type BatchStatus = (typeof BATCH_STATUSES)[number];

/** The query parameters of a list of batches. */
export const batchListQuery = z
  .strictObject({
    actor: documented(z.optional(lookup(2048)), { description: 'Only batches of this caller, by the whole identity.' }),
    status: documented(z.optional(z.enum(BATCH_STATUSES)), {
      description: 'Only batches that were stored, or that were refused as a whole.',
    }),
    start: documented(z.optional(time), { description: 'Not sent before this time.' }),
    end: documented(z.optional(endTime), { description: 'Not sent after this time.' }),
    search: documented(z.optional(search), { description: 'Part of the caller or of the key, in any case.' }),
    limit: documented(integer(1, 1000, 100), { description: 'Batches per page.' }),
    cursor: z.optional(cursor),
  })
  .check(z.refine(inOrder, NOT_IN_ORDER));

const count = z.int().check(z.minimum(0));

/** A batch in a list. Its receipt has the ranges and the rejections. */
export const batchSummary = /* @__PURE__ */ made(() =>
  documented(
    z.object({
      batchId: id,
      status: z.enum(BATCH_STATUSES),
      at: documented(timestamp, { description: 'When the batch was sent.' }),
      actor: z.string(),
      idempotencyKey: documented(z.nullable(z.string()), { description: 'Null where the client sent none.' }),
      bars: documented(z.nullable(z.enum(BAR_LENGTHS)), {
        description: 'The length of its bars; null for ticks and alert logs.',
      }),
      received: count,
      inserted: count,
      replaced: count,
      duplicates: count,
      conflicts: count,
      tombstoned: count,
      rejected: count,
      earliest: documented(z.nullable(timestamp), { description: 'The earliest timestamp of its accepted records.' }),
      latest: documented(z.nullable(timestamp), { description: 'The latest one.' }),
    }),
    { id: 'BatchSummary' },
  ),
);
export type BatchSummary = z.output<typeof batchSummary>;
