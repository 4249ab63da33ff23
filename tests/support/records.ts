import { expect } from 'vitest';
import type { Range } from '../../functions/contract/batches.ts';
import type { Reply, RequestOptions, TestService } from './service.ts';
import { type TickInput, tick, ticks } from './ticks.ts';

/** Small factories for stored things: instruments, rules, batches, operations. */

let made = 0;

/** Creates an instrument without ticks, so that tests do not affect each other. */
export async function newInstrument(service: TestService, fields: object = {}): Promise<string> {
  const symbol = `T${process.pid}.${++made}`;
  expect((await service.put(`/v1/instruments/${symbol}`, fields)).status).toBe(200);
  return symbol;
}

/** A new alert rule on an instrument; returns its id. */
export async function newRule(service: TestService, symbol: string, name = `rule ${++made}`): Promise<number> {
  const reply = await service.put(`/v1/alert-rules/${encodeURIComponent(name)}`, {
    symbol,
    condition: 'above',
    threshold: 4300,
  });
  expect(reply.status).toBe(200);
  return reply.body.id;
}

export type Kind = 'market-data' | 'alert-logs';

/** Stores records, all of which must be inserted, and returns their ids. */
export async function store(
  service: TestService,
  records: readonly object[],
  kind: Kind = 'market-data',
): Promise<number[]> {
  const { status, body } = await service.post(`/v1/${kind}`, { records });
  expect([status, body.inserted]).toEqual([200, records.length]);
  return records.map((_, index) => body.firstId + index);
}

/** A new instrument with `count` ticks one second apart. */
export async function newSeries(
  service: TestService,
  count: number,
  fields: TickInput = {},
): Promise<{ symbol: string; ids: number[] }> {
  const symbol = await newInstrument(service);
  return { symbol, ids: await store(service, ticks(count, { symbol, ...fields })) };
}

/** An alert log of a rule in November 2026, with some fields changed. */
export const alert = (ruleId: number, fields: TickInput = {}): TickInput => {
  const { price: _, ...common } = tick();
  return { ...common, ruleId, triggerValue: 4301, thresholdValue: 4300, firedStatus: 'fired', ...fields };
};

type Body = Record<string, unknown>;

export const remove = (service: TestService, body: Body, options?: RequestOptions, kind: Kind = 'market-data') =>
  service.post(`/v1/${kind}/deletions`, { reason: 'duplicate feed', ...body }, options);

export const restore = (service: TestService, body: Body, options?: RequestOptions, kind: Kind = 'market-data') =>
  service.post(`/v1/${kind}/restorations`, { reason: 'the feed was right', ...body }, options);

/** The parts of an operation's response that are the same for two operations with the same effect. */
export function effectOf({ status, body }: Reply): object {
  const { requested, affected, unchanged, notFound, ids } = body;
  return { status, requested, affected, unchanged, notFound, ids };
}

/** Ids of an instrument's rows that are not deleted, newest first. */
export async function standing(service: TestService, symbol: string, kind: Kind = 'market-data'): Promise<number[]> {
  return (await allPages(service, `/v1/${kind}`, { symbol, limit: 10_000 })).map((row) => row.id);
}

/** Reads all rows of a list, page by page. @param between called between two pages */
export async function allPages(
  service: TestService,
  path: string,
  query: Record<string, string | number | boolean>,
  between: (page: number) => Promise<unknown> = async () => undefined,
  // biome-ignore lint/suspicious/noExplicitAny: tests look into responses without restating their types
): Promise<any[]> {
  const rows = [];
  let cursor: string | null = null;
  for (let page = 1; ; page++) {
    const reply: Reply = await service.get(path, { query: { ...query, ...(cursor === null ? {} : { cursor }) } });
    expect([reply.status, reply.text.length < 6_291_456]).toEqual([200, true]);
    rows.push(...reply.body.data);
    cursor = reply.body.nextCursor;
    if (cursor === null) return rows;
    await between(page);
  }
}

/** `[[1,3],[7,7]]` as 1, 2, 3, 7. */
export const expand = (ranges: readonly Range[]): number[] =>
  ranges.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, index) => from + index));

/** Ids in descending order, as lists have them. */
export const newestFirst = (ids: readonly number[]): number[] => [...ids].sort((a, b) => b - a);
