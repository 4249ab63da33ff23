import * as z from 'zod/mini';
import { BAR_LENGTHS } from './batches.ts';
import { documented, forDocument, made } from './documented.ts';
import { id, timestamp } from './fields.ts';
import { cursor, endTime, inOrder, integer, lookup, NOT_IN_ORDER, search, time } from './parameters.ts';

/** Whether a batch was stored, or refused as a whole; a refused one is kept for a week. */
export const BATCH_STATUSES = ['stored', 'refused'] as const;
export type BatchStatus = (typeof BATCH_STATUSES)[number];

/** The query parameters of a list of batches. */
export const batchListQuery = z
  .strictObject({
    actor: documented(
      z.optional(lookup(2048)),
      forDocument({ description: 'Only batches of this caller, by the whole identity.' }),
    ),
    status: documented(
      z.optional(z.enum(BATCH_STATUSES)),
      forDocument({
        description: 'Only batches that were stored, or that were refused as a whole.',
      }),
    ),
    start: documented(z.optional(time), forDocument({ description: 'Not sent before this time.' })),
    end: documented(z.optional(endTime), forDocument({ description: 'Not sent after this time.' })),
    search: documented(
      z.optional(search),
      forDocument({ description: 'Part of the caller or of the key, in any case.' }),
    ),
    limit: documented(integer(1, 1000, 100), forDocument({ description: 'Batches per page.' })),
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
      at: documented(timestamp, forDocument({ description: 'When the batch was sent.' })),
      actor: z.string(),
      idempotencyKey: documented(z.nullable(z.string()), forDocument({ description: 'Null if the client sent none.' })),
      bars: documented(
        z.nullable(z.enum(BAR_LENGTHS)),
        forDocument({
          description: 'The length of its bars; null for ticks and alert logs.',
        }),
      ),
      received: count,
      inserted: count,
      replaced: count,
      duplicates: count,
      conflicts: count,
      tombstoned: count,
      rejected: count,
      earliest: documented(
        z.nullable(timestamp),
        forDocument({ description: 'The earliest timestamp of its accepted records.' }),
      ),
      latest: documented(z.nullable(timestamp), forDocument({ description: 'The latest one.' })),
    }),
    forDocument({ id: 'BatchSummary' }),
  ),
);
export type BatchSummary = z.output<typeof batchSummary>;
