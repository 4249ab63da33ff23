import type { Tick } from '../../../../functions/contract/market-data.ts';
import type { Instrument } from '../../../../functions/contract/reference-data.ts';
import { ApiError, get, query } from './request.ts';

export interface RowPage<T> {
  readonly data: readonly T[];
  readonly nextCursor: string | null;
}

/** Which rows: all fields except the instrument may be omitted. */
export interface TickSelection {
  readonly symbol: string;
  readonly start?: string | undefined;
  readonly end?: string | undefined;
  /** Stored bars of this length, instead of ticks. */
  readonly bars?: string | undefined;
  readonly includeDeleted?: boolean | undefined;
}

/** Rows, newest first. */
export const readTicks = (
  selection: TickSelection,
  page: { limit: number; cursor?: string | null },
  signal?: AbortSignal,
): Promise<RowPage<Tick>> =>
  get(
    `/v1/market-data${query({ ...selection, includeDeleted: selection.includeDeleted || undefined, ...page })}`,
    signal,
  );

/** A candle as the API returns it. */
export interface ApiBar {
  readonly symbol: string;
  readonly start: string;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number | null;
  readonly count: number;
}

/** The number of rows in one day or month. */
export interface CoveredPeriod {
  readonly period: string;
  readonly rows: number;
  readonly deleted: number;
  readonly firstAt: string | null;
  readonly lastAt: string | null;
}

/** Whether a response says that this server has no such route or parameter, because it is of another release. */
export const isMissing = (error: unknown): error is ApiError =>
  error instanceof ApiError && (error.status === 404 || error.status === 405 || error.status === 422);

/** Whether the route itself is missing. An instrument that does not exist is a 404, too. */
export const isRouteMissing = (error: unknown): error is ApiError =>
  error instanceof ApiError &&
  (error.problem.code === 'route_not_found' ||
    error.problem.code === 'method_not_allowed' ||
    // an older server reads a path like /v1/market-data/bars as an id
    (error.problem.errors ?? []).some(({ path }) => path === 'id' || path === 'batchId'));

/** Instruments whose symbol or name contains the text. */
export async function searchInstruments(text: string, signal?: AbortSignal): Promise<readonly Instrument[]> {
  return (await get<RowPage<Instrument>>(`/v1/instruments${query({ search: text, limit: 50 })}`, signal)).data;
}
