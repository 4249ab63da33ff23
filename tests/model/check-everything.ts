import type { RequestOptions, TestService } from '../support/service.ts';
import { checkLatest, checkPage } from './check-reads.ts';
import { checkSingle, Difference, expectSame } from './check-replies.ts';
import type { Bars } from './commands.ts';
import { predictRows, type ReadModel, shown, wholeRead } from './model-reads.ts';
import { PATHS } from './model-request.ts';
import type { HistoryModel } from './store-model.ts';

/**
 * Checks everything that a history has stored: every row in both orders and as of every number, every batch and
 * operation.
 */
export async function checkEverything(service: TestService, model: HistoryModel): Promise<void> {
  for (const symbol of model.instruments.keys()) {
    for (const bars of lengthsOf(model, symbol)) {
      for (const order of ['asc', 'desc'] as const)
        await checkPages(service, model, { ...wholeRead(symbol), bars, order, includeDeleted: true, stored: true });
    }
    await checkPages(service, model, { ...wholeRead(symbol), of: 'alerts', includeDeleted: true });
    const latest = await service.get('/v1/market-data/latest', { query: { symbols: symbol } });
    checkLatest(model, wholeRead(symbol), latest);
  }
  await checkMoments(service, model);
  for (const kind of ['ticks', 'alerts'] as const) {
    const { batches, operations } = model[kind];
    await checkList(service, `${PATHS[kind]}/batches`, 'batchId', batches, { status: 'stored' });
    await checkList(service, `${PATHS[kind]}/operations`, 'operationId', operations);
    for (const { id } of batches)
      checkSingle(model[kind], 'receipt', id, await service.get(`${PATHS[kind]}/batches/${id}`));
  }
}

/** Ticks, and the lengths of an instrument's bars. */
function lengthsOf(model: HistoryModel, symbol: string): Bars[] {
  const rows = model.ticks.rows.filter((row) => row.symbol === symbol);
  return [...new Set([null, ...rows.map(({ bars }) => bars as Bars)])];
}

/** Checks reads of the first instrument as of each batch and operation of ticks. */
async function checkMoments(service: TestService, model: HistoryModel): Promise<void> {
  const [symbol] = model.instruments.keys();
  const { batches, operations } = model.ticks;
  const moments = [
    ...batches.map(({ id }) => ({ id, asOf: `batch:${id}` })),
    ...operations.map(({ id }) => ({ id, asOf: `operation:${id}` })),
    { id: Number.POSITIVE_INFINITY, asOf: '2100-01-01' },
    { id: 0, asOf: '2000-01-01' },
  ];
  for (const { id, asOf } of moments) {
    const read = { ...wholeRead(symbol as string), asOf: id };
    checkPage(
      model,
      read,
      1000,
      await service.get('/v1/market-data', { query: { symbol: read.symbol, order: 'asc', asOf } }),
    );
  }
}

/** A page of a list. @throws Difference with what the functions logged last, if there is none */
async function pageOf(service: TestService, path: string, query: NonNullable<RequestOptions['query']>) {
  const { status, body, text } = await service.get(path, { query });
  if (status === 200) return body;
  const logged = service.logs.slice(-12).join('\n');
  throw new Difference(`${path} ${JSON.stringify(query)}: ${status} ${text}\nlogged last:\n${logged}`);
}

/** Follows cursors with pages of three. */
async function checkPages(service: TestService, model: HistoryModel, read: ReadModel): Promise<void> {
  const { of, symbol, bars, order } = read;
  const query = {
    ...{ symbol, order, includeDeleted: true, limit: 3 },
    ...(bars === null ? {} : { bars }),
    ...(of === 'ticks' ? { precision: 'stored' } : {}),
  };
  const expected = predictRows(model, read).map((row) => shown(model, row, read));
  const seen: Record<string, unknown>[] = [];
  let cursor: string | null = null;
  do {
    const next: Record<string, string> = cursor === null ? {} : { cursor };
    const body = await pageOf(service, PATHS[of], { ...query, ...next });
    seen.push(...body.data);
    cursor = body.nextCursor;
  } while (cursor !== null && seen.length <= expected.length);
  const got = seen.map((row, index) =>
    Object.fromEntries(Object.keys(expected[index] ?? row).map((name) => [name, row[name]])),
  );
  expectSame(`pages of ${JSON.stringify(query)}`, got, expected);
}

const MOST_PAGES = 1000;

/** Checks that a list has each batch or operation of a history once, newest first, among those of others. */
async function checkList(
  service: TestService,
  path: string,
  idName: string,
  own: readonly { readonly id: number }[],
  filter: Record<string, string> = {},
): Promise<void> {
  const ids = own.map(({ id }) => id).sort((a, b) => b - a);
  const oldest = ids.at(-1);
  if (oldest === undefined) return;
  const listed: number[] = [];
  let cursor: string | null = null;
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const next: Record<string, string> = cursor === null ? {} : { cursor };
    const body = await pageOf(service, path, { limit: 100, ...filter, ...next });
    listed.push(...body.data.map((one: Record<string, number>) => one[idName]));
    cursor = body.nextCursor;
    if (cursor === null || (listed.at(-1) as number) <= oldest) break;
  }
  for (const [index, id] of listed.entries())
    if (index > 0 && id >= (listed[index - 1] as number))
      throw new Difference(`${path} is not newest first: ${listed}`);
  const mine = listed.filter((id) => ids.includes(id));
  expectSame(path, mine, ids);
}
