import type { Reply, TestService } from '../support/service.ts';
import { checkRead, Difference } from './check-replies.ts';
import { type Moment, SYMBOLS } from './commands.ts';
import { predictRows, shown } from './model-reads.ts';
import { type HistoryNames, type ModelRequest, requestOf } from './requests.ts';
import { StoreModel } from './store-model.ts';

let made = 0;

/** Takes the steps of a history on the service, with instruments and keys of its own. Returns how many were taken; throws `Difference`. */
export async function runHistory(service: TestService, history: readonly Moment[]): Promise<number> {
  const name = `H${process.pid}.${++made}`;
  const names: HistoryNames = {
    symbols: Array.from({ length: SYMBOLS + 1 }, (_, nth) => `${name}.${nth}`),
    keys: Array.from({ length: 4 }, (_, nth) => `${name}.${nth}`),
  };
  await service.sql(
    `insert into tick_store.instruments (symbol, name, type, price_decimals) select s, s, 'other', 4 from unnest($1::text[]) s`,
    [names.symbols],
  );
  let model = new StoreModel();
  const sent: ModelRequest[] = [];
  let taken = 0;
  for (const moment of history) {
    const requests = moment.flatMap((step) => requestOf(step, model, names, sent) ?? []);
    const replies = await Promise.all(requests.map((request) => send(service, request)));
    model = explain(model, requests, replies);
    sent.push(...requests);
    taken += requests.length;
  }
  await checkEverything(service, model, names);
  return taken;
}

const send = (service: TestService, { method, path, query, headers, body }: ModelRequest): Promise<Reply> =>
  service.request(method, path, body, { query, headers });

/** The model after the requests, in an order in which they could have been done. */
function explain(model: StoreModel, requests: readonly ModelRequest[], replies: readonly Reply[]): StoreModel {
  const differences: unknown[] = [];
  for (const order of ordersOf(requests.map((_, index) => index))) {
    const after = new StoreModel(model);
    try {
      for (const index of order) requests[index]?.verify(after, replies[index] as Reply, requests.length === 1);
      return after;
    } catch (error) {
      if (!(error instanceof Difference)) throw error;
      differences.push(`${order.join(', ')}: ${error.message}`);
    }
  }
  const what = requests.map(({ method, path, query, headers, body }, index) =>
    JSON.stringify({
      method,
      path,
      query,
      headers,
      body: body instanceof Uint8Array ? 'gzip' : body,
      reply: replies[index]?.text,
    }),
  );
  throw new Difference(`no order of these requests explains their replies:\n${[...what, ...differences].join('\n')}`);
}

function ordersOf(items: readonly number[]): number[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((first) => ordersOf(items.filter((item) => item !== first)).map((rest) => [first, ...rest]));
}

/** Every row, page by page in both orders, now and as of every number; every receipt and operation. */
async function checkEverything(service: TestService, model: StoreModel, { symbols }: HistoryNames): Promise<void> {
  for (const symbol of symbols) {
    for (const bars of [null, '1m']) {
      for (const order of ['asc', 'desc'] as const) {
        const read = { symbol, bars, order, includeDeleted: true, start: undefined, end: undefined, asOf: undefined };
        await checkPages(service, predictRows(model, read).map(shown), {
          symbol,
          order,
          ...(bars === null ? {} : { bars }),
        });
      }
    }
    const latest = await service.get('/v1/market-data/latest', { query: { symbols: symbol } });
    const now = { symbol, bars: null, order: 'desc', includeDeleted: false, start: undefined, end: undefined } as const;
    checkRead(model, 'latest', { ...now, asOf: undefined, limit: 1, interval: '1m' }, latest);
  }
  const moments = [
    ...model.batches.map(({ id }) => ({ id, asOf: `batch:${id}` })),
    ...model.operations.map(({ id }) => ({ id, asOf: `operation:${id}` })),
  ];
  const symbol = symbols[0] as string;
  for (const { id, asOf } of moments) {
    const read = { symbol, bars: null, order: 'asc', includeDeleted: false, start: undefined, end: undefined } as const;
    const reply = await service.get('/v1/market-data', { query: { symbol, order: 'asc', asOf } });
    checkRead(model, 'page', { ...read, asOf: id, limit: 1000, interval: '1m' }, reply);
  }
}

/** Follows cursors with pages of three. */
async function checkPages(
  service: TestService,
  expected: readonly object[],
  query: Record<string, string>,
): Promise<void> {
  const seen: object[] = [];
  let cursor: string | null = null;
  do {
    const next: Record<string, string> = cursor === null ? {} : { cursor };
    const { body } = await service.get('/v1/market-data', {
      query: { ...query, ...next, limit: 3, includeDeleted: true },
    });
    seen.push(...body.data.map(shown));
    cursor = body.nextCursor;
  } while (cursor !== null && seen.length <= expected.length);
  if (JSON.stringify(seen) !== JSON.stringify(expected))
    throw new Difference(
      `pages of ${JSON.stringify(query)}\n  got      ${JSON.stringify(seen)}\n  expected ${JSON.stringify(expected)}`,
    );
}
