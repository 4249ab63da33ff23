import * as z from 'zod/mini';
import { asOf } from './as-of.ts';
import { bars } from './batches.ts';
import { documented, forDocument, made } from './documented.ts';
import { id, symbol, timestamp } from './fields.ts';
import {
  cursor,
  endTime,
  inOrder,
  instrumentQuery,
  integer,
  NOT_BOTH,
  NOT_IN_ORDER,
  notBoth,
  time,
} from './parameters.ts';

/** The periods that coverage is counted by, in UTC. */
export const COVERAGE_PERIODS = ['day', 'month'] as const;
/** One of `COVERAGE_PERIODS`. */
export type CoveragePeriod = (typeof COVERAGE_PERIODS)[number];

/** The query parameters of coverage. */
export const coverageQuery = z
  .strictObject({
    ...instrumentQuery,
    start: documented(z.optional(time), forDocument({ description: 'Rows at this time or later are counted.' })),
    end: documented(
      z.optional(endTime),
      forDocument({
        description: 'Rows at this time or earlier are counted. A date without a time means its last microsecond.',
      }),
    ),
    by: documented(
      z._default(z.enum(COVERAGE_PERIODS), 'day'),
      forDocument({
        description: 'The periods that rows are counted by, in UTC.',
      }),
    ),
    bars,
    limit: documented(integer(1, 10_000, 1000), forDocument({ description: 'Periods per page.' })),
    cursor: z.optional(cursor),
    asOf,
  })
  .check(z.refine(notBoth, NOT_BOTH), z.refine(inOrder, NOT_IN_ORDER));

const count = z.int().check(z.minimum(0));

/** The fields of a period's coverage, in the order of `coverage`. */
export const COVERAGE_FIELDS: readonly string[] = [
  'instrumentId',
  'symbol',
  'period',
  'rows',
  'deleted',
  'withSequence',
  'firstAt',
  'lastAt',
];

/** What is stored of one instrument in one period. A period without any row is absent. */
export const coverage = /* @__PURE__ */ made(() =>
  documented(
    z.object({
      instrumentId: id,
      symbol,
      period: documented(
        z.string(),
        forDocument({
          description: 'A day, `2026-01-31`, or a month, `2026-01`, in UTC.',
          example: '2026-01-31',
        }),
      ),
      rows: documented(count, forDocument({ description: 'Rows that are not deleted.' })),
      deleted: documented(count, forDocument({ description: 'Rows that are soft-deleted.' })),
      withSequence: documented(count, forDocument({ description: 'Rows that are not deleted and have a sequence.' })),
      firstAt: documented(
        z.nullable(timestamp),
        forDocument({
          description: 'The time of the first row that is not deleted; null if there is none.',
        }),
      ),
      lastAt: documented(
        z.nullable(timestamp),
        forDocument({
          description: 'The time of the last row that is not deleted; null if there is none.',
        }),
      ),
    }),
    forDocument({ id: 'Coverage' }),
  ),
);
/** See `coverage`. */
export type Coverage = z.output<typeof coverage>;
