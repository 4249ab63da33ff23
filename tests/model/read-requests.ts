import { checkBars, checkCoverage, checkLatest, checkPage, checkRow } from './check-reads.ts';
import { checkSingle, type Verify } from './check-replies.ts';
import { type ReadStep, type SingleStep, type Step, TIMES } from './commands.ts';
import { barLengthOf, type ReadModel } from './model-reads.ts';
import { at, type Earlier, type HistoryNames, type ModelRequest, PATHS } from './model-request.ts';
import type { HistoryModel } from './store-model.ts';

/** The request of a read; undefined if its instrument does not exist, or the contract does not say what it returns. */
export function readRequest(
  step: ReadStep,
  model: HistoryModel,
  names: HistoryNames,
  earlier: Earlier,
): ModelRequest | undefined {
  const symbol = names.symbols[step.symbol] as string;
  if (!model.instruments.has(symbol)) return undefined;
  const isAlerts = step.of === 'alerts' && (step.do === 'page' || step.do === 'latest');
  const asOf = isAlerts ? undefined : asOfText(model, step.asOf);
  const time = (index: number | null) => (index === null || step.do === 'latest' ? undefined : TIMES[index]);
  const filter = isAlerts && step.do === 'page' ? withoutNull(step.filter) : {};
  const read: ReadModel = {
    ...{ of: isAlerts ? 'alerts' : 'ticks', symbol, bars: isAlerts ? null : step.bars },
    ...{ start: time(step.start), end: time(step.end), order: step.order, includeDeleted: step.includeDeleted },
    ...{ asOf: asOf?.id, stored: isAlerts || step.stored, filter, after: undefined },
  };
  const common = {
    ...(read.start === undefined ? {} : { start: read.start }),
    ...(read.end === undefined ? {} : { end: read.end }),
    ...(asOf === undefined ? {} : { asOf: asOf.text }),
  };
  const flags = {
    ...(read.includeDeleted ? { includeDeleted: true } : {}),
    ...(read.stored && !isAlerts ? { precision: 'stored' } : {}),
  };
  const bars: Record<string, string> = read.bars === null ? {} : { bars: read.bars };
  const path = PATHS[read.of];
  const get = (to: string, query: ModelRequest['query'], verify: Verify): ModelRequest => {
    return { method: 'GET', path: `${path}${to}`, query, headers: {}, body: undefined, verify };
  };
  switch (step.do) {
    case 'latest':
      return get('/latest', { symbols: symbol, ...common, ...flags }, (state, reply) =>
        checkLatest(state, read, reply),
      );
    case 'coverage': {
      // it does not look back, and counts the deleted rows too
      const { asOf: _, ...period } = common;
      return get('/coverage', { symbol, by: 'day', ...period, ...bars }, (state, reply) =>
        checkCoverage(state, { ...read, asOf: undefined, order: 'asc' }, reply),
      );
    }
    case 'bars': {
      const { interval, order } = step;
      const from: Record<string, string> = read.bars === null ? {} : { from: 'bars' };
      return get('/bars', { symbol, interval, order, limit: 1000, ...common, ...from }, (state, reply) => {
        const length = read.bars === null ? null : barLengthOf(state, symbol, interval);
        if (length !== undefined) checkBars(state, { ...read, bars: length, includeDeleted: false, interval }, reply);
      });
    }
    default: {
      const query = { symbol, ...common, order: step.order, ...flags, ...bars, ...filter };
      return pageRequest(path, query, read, step.limit, earlier);
    }
  }
}

/** The request of a page, which `earlier` remembers for continuation. */
function pageRequest(
  path: string,
  query: ModelRequest['query'],
  read: ReadModel,
  limit: number,
  earlier: Earlier,
): ModelRequest {
  const request: ModelRequest = {
    ...{ method: 'GET', path, query: { ...query, limit }, headers: {}, body: undefined },
    verify: (state, reply) => {
      const last = checkPage(state, read, limit, reply);
      if (last !== undefined) earlier.pages.push({ request, read, cursor: reply.body.nextCursor, last });
    },
  };
  return request;
}

/** The page after an earlier one, from the rows that are stored now. */
export function followRequest(step: Step & { do: 'follow' }, earlier: Earlier): ModelRequest | undefined {
  const page = at(earlier.pages, step.pick);
  if (page === undefined) return undefined;
  const { request, read, cursor, last } = page;
  return pageRequest(request.path, { ...request.query, cursor }, { ...read, after: last }, step.limit, earlier);
}

const withoutNull = (values: object): Record<string, string> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));

/** A batch or an operation of ticks as a moment. */
function asOfText({ ticks }: HistoryModel, pick: number | null): { id: number; text: string } | undefined {
  if (pick === null) return undefined;
  const moments = [
    ...ticks.batches.map(({ id }) => ({ id, text: `batch:${id}` })),
    ...ticks.operations.map(({ id }) => ({ id, text: `operation:${id}` })),
  ];
  return at(moments, pick);
}

/** The request of a receipt, an operation or a row by its id. */
export function singleRequest({ do: what, of, pick }: SingleStep, model: HistoryModel): ModelRequest | undefined {
  const store = model[of];
  const lists = { receipt: store.batches, operation: store.operations, row: store.rows };
  const id = at<{ readonly id: number }>(lists[what], pick)?.id;
  if (id === undefined) return undefined;
  const path = { receipt: `batches/${id}`, operation: `operations/${id}`, row: `${id}` }[what];
  const verify: Verify = (state, reply) => {
    if (what === 'row') checkRow(state, of, id, reply);
    else checkSingle(state[of], what, id, reply);
  };
  return { method: 'GET', path: `${PATHS[of]}/${path}`, query: {}, headers: {}, body: undefined, verify };
}
