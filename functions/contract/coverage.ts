import * as z from 'zod';
import { asOf } from './as-of.ts';
import { bars } from './batches.ts';
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
    start: time.optional().describe('Rows at this time or later are counted.'),
    end: endTime.optional().describe('Rows at this time or earlier are counted. A day alone is its last microsecond.'),
    by: z.enum(COVERAGE_PERIODS).default('day').describe('The periods that rows are counted by, in UTC.'),
    bars,
    limit: integer(1, 10_000, 1000).describe('Periods per page.'),
    cursor: cursor.optional(),
    asOf,
  })
  .refine(notBoth, NOT_BOTH)
  .refine(inOrder, NOT_IN_ORDER);

const count = z.int().min(0);

/** What is stored of one instrument in one period. A period without any row is absent. */
export const coverage = z
  .object({
    instrumentId: id,
    symbol,
    period: z
      .string()
      .meta({ description: 'A day, `2026-01-31`, or a month, `2026-01`, in UTC.', example: '2026-01-31' }),
    rows: count.meta({ description: 'Rows that are not deleted.' }),
    deleted: count.meta({ description: 'Rows that are soft-deleted.' }),
    withSequence: count.meta({ description: 'Rows that are not deleted and have a sequence.' }),
    firstAt: timestamp
      .nullable()
      .meta({ description: 'The time of the first row that is not deleted; null without one.' }),
    lastAt: timestamp
      .nullable()
      .meta({ description: 'The time of the last row that is not deleted; null without one.' }),
  })
  .meta({ id: 'Coverage' });
/** See `coverage`. */
export type Coverage = z.output<typeof coverage>;
