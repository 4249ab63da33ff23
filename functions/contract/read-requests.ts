import * as z from 'zod/mini';
import { DELIVERY_STATUSES, FIRED_STATUSES } from './alert-logs.ts';
import { asOf } from './as-of.ts';
import { BAR_FIELDS, barsQuery } from './bars.ts';
import { batchListQuery } from './batch-list.ts';
import { bars } from './batches.ts';
import { COVERAGE_FIELDS, coverageQuery } from './coverage.ts';
import { documented, forDocument } from './documented.ts';
import type { RoutesOf } from './endpoints.ts';
import { historyParameters } from './history.ts';
import { latestBody, MAX_LATEST } from './latest.ts';
import { TICK_FIELDS } from './market-data.ts';
import {
  cursor,
  endTime,
  flag,
  idParameter,
  ids,
  inOrder,
  instrumentQuery,
  integer,
  NOT_BOTH,
  NOT_IN_ORDER,
  notBoth,
  search,
  symbols,
  time,
} from './parameters.ts';
import { changeListQuery } from './reference-changes.ts';
import { instrumentPath, rulePath } from './reference-paths.ts';
import { limit, namedListQuery, none, type RouteRequest } from './route.ts';

const includeDeleted = documented(flag, forDocument({ description: 'Include soft-deleted rows.' }));
const precision = documented(
  z._default(z.enum(['instrument', 'stored']), 'instrument'),
  forDocument({
    description:
      "How prices are shown: rounded to the instrument's priceDecimals, or `stored`, the double that was sent. What is not zero is never shown as zero: it keeps 6 significant digits.",
  }),
);
const order = documented(
  z._default(z.enum(['desc', 'asc']), 'desc'),
  forDocument({
    description: 'By timestamp, sequence (rows without one first) and id. `desc` is the reverse.',
  }),
);
const period = {
  start: documented(z.optional(time), forDocument({ description: 'Not before this time.' })),
  end: documented(
    z.optional(endTime),
    forDocument({ description: 'Not after this time. A date without a time means its last microsecond.' }),
  ),
};

const newestOf = { instrumentIds: z.optional(ids(MAX_LATEST)), symbols: z.optional(symbols(MAX_LATEST)) };
const ONE_LIST = 'give either instrumentIds or symbols';
const oneList = (query: { instrumentIds?: unknown; symbols?: unknown }) =>
  (query.instrumentIds === undefined) !== (query.symbols === undefined);

const nothing = { params: none, query: none } as const;
const one = { params: z.strictObject({ id: idParameter }), query: none } as const;
const oneBatch = { params: z.strictObject({ batchId: idParameter }), query: none } as const;
const oneInstrument = { params: instrumentPath, query: none, conditional: true } as const;
const oneRule = { params: rulePath, query: none, conditional: true } as const;
const batches = { params: none, query: batchListQuery } as const;
const operations = {
  params: none,
  query: z.strictObject({
    search: documented(
      z.optional(search),
      forDocument({ description: 'Part of the reason or of the caller, in any case.' }),
    ),
    limit: integer(1, 1000, 100),
    cursor: z.optional(cursor),
  }),
} as const;
const names = { params: none, query: namedListQuery } as const;

/** What the function `read` reads from the requests of its routes. */
export const readRequests = {
  listMarketData: {
    params: none,
    query: z
      .strictObject({
        ...instrumentQuery,
        bars,
        ...period,
        order,
        limit,
        cursor: z.optional(cursor),
        includeDeleted,
        precision,
        asOf,
      })
      .check(z.refine(notBoth, NOT_BOTH), z.refine(inOrder, NOT_IN_ORDER)),
    csv: TICK_FIELDS,
  },
  latestMarketData: {
    params: none,
    query: z.strictObject({ ...newestOf, includeDeleted, precision, asOf }).check(z.refine(oneList, ONE_LIST)),
  },
  latestMarketDataOf: {
    params: none,
    query: z.strictObject({ includeDeleted, precision, asOf }),
    body: { json: latestBody },
  },
  listBars: { params: none, query: barsQuery, csv: BAR_FIELDS },
  listCoverage: { params: none, query: coverageQuery, csv: COVERAGE_FIELDS },
  getTick: { params: one.params, query: z.strictObject({ includeDeleted, precision }) },
  getTickHistory: { params: one.params, query: z.strictObject({ ...historyParameters, precision }) },
  listMarketDataBatches: batches,
  getMarketDataBatch: oneBatch,
  listMarketDataOperations: operations,
  getMarketDataOperation: one,

  listAlertLogs: {
    params: none,
    query: z
      .strictObject({
        ...instrumentQuery,
        ruleId: z.optional(idParameter),
        firedStatus: z.optional(z.enum(FIRED_STATUSES)),
        deliveryStatus: z.optional(z.enum(DELIVERY_STATUSES)),
        ...period,
        order,
        limit,
        cursor: z.optional(cursor),
        includeDeleted,
      })
      .check(z.refine(notBoth, NOT_BOTH), z.refine(inOrder, NOT_IN_ORDER)),
  },
  latestAlertLogs: {
    params: none,
    query: z.strictObject({ ...newestOf, includeDeleted }).check(z.refine(oneList, ONE_LIST)),
  },
  latestAlertLogsOf: { params: none, query: z.strictObject({ includeDeleted }), body: { json: latestBody } },
  getAlertLog: { params: one.params, query: z.strictObject({ includeDeleted }) },
  listAlertLogBatches: batches,
  getAlertLogBatch: oneBatch,
  listAlertLogOperations: operations,
  getAlertLogOperation: one,

  listInstruments: names,
  getInstrument: oneInstrument,
  listAlertRules: names,
  getAlertRule: oneRule,
  listReferenceChanges: { params: none, query: changeListQuery },
  getReferenceChange: one,
  getConfig: nothing,
  getOpenApi: nothing,
} as const satisfies Record<RoutesOf<'read'>, RouteRequest>;
