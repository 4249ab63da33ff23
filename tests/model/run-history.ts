import type { Reply, TestService } from '../support/service.ts';
import { checkEverything } from './check-everything.ts';
import { Difference } from './check-replies.ts';
import { CREATED, type Moment, RULES } from './commands.ts';
import { expireKey } from './expire-key.ts';
import type { Earlier, HistoryNames, ModelRequest } from './model-request.ts';
import { requestOf } from './requests.ts';
import { HistoryModel } from './store-model.ts';

/**
 * On a busy machine, one request may hold a lock for longer than another waits. A request that is always refused is a
 * fault.
 */
const BUSY: ReadonlySet<unknown> = new Set(['database_busy', 'pool_exhausted']);
const MOST_TRIES = 4;

let made = 0;

/**
 * Runs the steps of a history on the service, with its own instruments and keys. Returns how many were taken; throws
 * `Difference`.
 */
export async function runHistory(service: TestService, history: readonly Moment[]): Promise<number> {
  const names = await prepare(service);
  let model = new HistoryModel();
  for (const symbol of names.symbols.slice(0, CREATED))
    model.instruments.set(symbol, { status: 'active', priceDecimals: 4 });
  const sent: ModelRequest[] = [];
  const earlier: Earlier = { sent, pages: [] };
  let taken = 0;
  for (const moment of history.flatMap(inAnOrder)) {
    for (const step of moment)
      if (step.do === 'expire') await expireKey(service, model, names.keys[step.key] as string);
    const requests = moment.flatMap((step) => requestOf(step, model, names, earlier) ?? []);
    const replies = await Promise.all(requests.map((request) => send(service, request)));
    model = explain(model, requests, replies);
    sent.push(...requests);
    taken += requests.length;
  }
  await checkEverything(service, model);
  return taken;
}

/**
 * Steps whose responses do not determine an order run one by one. A batch may find a row live that a concurrent
 * deletion by filter then deletes, while the deletion sees nothing of the batch. The responses of two changes of one
 * instrument do not show which was later. Bars are read in several statements, each at its own moment (docs/api.md). A
 * batch looks up its instruments before it writes, so it may reject one that another batch creates, and then meet that
 * batch's rows (docs/reliability.md).
 */
function inAnOrder(moment: Moment): Moment[] {
  const batches = moment.filter((step) => step.do === 'ingest' || step.do === 'replay');
  const byFilter = moment.some((step) => 'selection' in step && step.selection.by === 'filter');
  const changes = moment.filter((step) => step.do === 'instrument').length;
  // a batch that is sent again may be one that creates instruments
  const creates = batches.some((step) => step.do === 'replay' || step.createInstruments);
  const bars = moment.some((step) => step.do === 'bars');
  const isUnclear =
    (batches.length > 0 && byFilter) || (batches.length > 1 && (creates || changes > 0)) || changes > 1 || bars;
  return isUnclear ? moment.map((step) => [step]) : [moment];
}

/** Instruments and rules that no other history has. */
async function prepare(service: TestService): Promise<HistoryNames> {
  const prefix = `H${process.pid}.${++made}.`;
  const symbols = Array.from({ length: CREATED + 1 }, (_, nth) => `${prefix}${nth}`);
  const rules = await service.sql<{ id: number }>(
    `with made as (
       insert into tick_store.instruments (symbol, name, type, price_decimals) select s, s, 'other', 4 from unnest($1::text[]) s
       returning id, symbol
     )
     insert into tick_store.alert_rules (name, instrument_id, rule_type, condition, threshold)
     select $2::text || n, (select id from made where symbol = $3), 'threshold', 'above', 1 from generate_series(1, $4::int4) n
     returning id`,
    [symbols.slice(0, CREATED), prefix, symbols[0], RULES],
  );
  const keys = Array.from({ length: 4 }, (_, nth) => `${prefix}${nth}`);
  return { prefix, symbols, keys, rules: rules.map(({ id }) => id) };
}

/** As a client does: what was refused because the database was busy wrote nothing, and is sent again. */
async function send(service: TestService, { method, path, query, headers, body }: ModelRequest): Promise<Reply> {
  for (let tries = 1; ; tries++) {
    const reply = await service.request(method, path, body, { query, headers });
    if (tries === MOST_TRIES || !BUSY.has(reply.body?.code)) return reply;
  }
}

/**
 * The model after concurrent requests, applied in an order that explains their replies. The order of their numbers is
 * preferred: several orders may explain the replies but leave different rows, and of operations on the same row the one
 * with the later number was last.
 */
function explain(model: HistoryModel, requests: readonly ModelRequest[], replies: readonly Reply[]): HistoryModel {
  const differences: unknown[] = [];
  const numbers = replies.map(({ body }) => Number(body?.operationId ?? body?.batchId));
  const orders = ordersOf(requests.map((_, index) => index));
  for (const order of orders.toSorted((a, b) => inversionsOf(a, numbers) - inversionsOf(b, numbers))) {
    const after = new HistoryModel(model);
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

/** How many pairs are out of the order of their numbers. Requests without a number do not count. */
const inversionsOf = (order: readonly number[], numbers: readonly number[]): number =>
  order.reduce(
    (sum, first, place) =>
      sum + order.slice(place + 1).filter((next) => (numbers[first] as number) > (numbers[next] as number)).length,
    0,
  );

function ordersOf(items: readonly number[]): number[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((first) => ordersOf(items.filter((item) => item !== first)).map((rest) => [first, ...rest]));
}
