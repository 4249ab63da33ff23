import type { Reply } from '../support/service.ts';
import { expectSame, subset } from './check-replies.ts';
import {
  type Interval,
  predictBars,
  predictCoverage,
  predictRows,
  type ReadModel,
  shown,
  toNineDigits,
} from './model-reads.ts';
import type { HistoryModel, ModelRow } from './store-model.ts';

const like = (bodies: readonly Record<string, unknown>[], expected: readonly object[]): unknown[] =>
  bodies.map((body, index) => subset(body, expected[index] ?? body));

/** Checks a page. Returns its last row if there are more. */
export function checkPage(
  model: HistoryModel,
  read: ReadModel,
  limit: number,
  { status, body }: Reply,
): ModelRow | undefined {
  expectSame('status of a page', [status, body.code], [200, undefined]);
  const rows = predictRows(model, read);
  const expected = rows.slice(0, limit).map((row) => shown(model, row, read));
  expectSame('page', like(body.data, expected), expected);
  expectSame('whether there is a next page', body.nextCursor !== null, rows.length > limit);
  return rows.length > limit ? rows[limit - 1] : undefined;
}

export function checkLatest(model: HistoryModel, read: ReadModel, { status, body }: Reply): void {
  expectSame('status of latest', [status, body.code], [200, undefined]);
  const newest = predictRows(model, { ...read, bars: null, order: 'desc' })[0];
  const expected = newest === undefined ? null : shown(model, newest, read);
  const row = body.data[read.symbol];
  expectSame('latest', expected === null || row === null ? row : subset(row, expected), expected);
}

export function checkBars(
  model: HistoryModel,
  read: ReadModel & { readonly interval: Interval },
  { status, body }: Reply,
): void {
  expectSame('status of bars', [status, body.code], [200, undefined]);
  const got = body.data.map(({ symbol: _, complete: __, vwap, ...bar }: Record<string, unknown>) => ({
    ...bar,
    vwap: typeof vwap === 'number' ? toNineDigits(vwap) : vwap,
  }));
  expectSame('bars', got, predictBars(model, read));
}

export function checkCoverage(model: HistoryModel, read: ReadModel, { status, body }: Reply): void {
  expectSame('status of coverage', [status, body.code], [200, undefined]);
  const expected = predictCoverage(model, read);
  expectSame('coverage', like(body.data, expected), expected);
}

/** Checks a tick or an alert log by its id. */
export function checkRow(model: HistoryModel, of: ReadModel['of'], id: number, { status, body }: Reply): void {
  const row = model[of].find(id);
  const isThere = row !== undefined && row.deletedBy === null;
  expectSame('status of a row', status, isThere ? 200 : 404);
  if (!isThere) return;
  const expected = shown(model, row, { of, stored: false });
  expectSame('a row', subset(body, expected), expected);
}

/** Checks the search for a history's instruments by part of their names. */
export function checkSearch(model: HistoryModel, { status, body }: Reply): void {
  expectSame('status of a search', [status, body.code], [200, undefined]);
  const expected = [...model.instruments]
    .map(([symbol, instrument]) => ({ symbol, ...instrument }))
    .sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
  expectSame('search', like(body.data, expected), expected);
}
