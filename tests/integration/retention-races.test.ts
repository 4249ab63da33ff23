import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { deletionRequest } from '../../functions/contract/operations.ts';
import type { Database } from '../../functions/database/database.ts';
import { runOperation } from '../../functions/operations/run-operation.ts';
import { createLogger } from '../../functions/runtime/logger.ts';
import { connectBackend } from '../support/backends/connect-backend.ts';
import { withClient } from '../support/postgres.ts';
import { newInstrument, newSeries, standing } from '../support/records.ts';
import { type Reply, startService, type TestService } from '../support/service.ts';
import { ticks } from '../support/ticks.ts';

/** Keys expire while requests reuse them. Such a request is a replay or a new one, never an error. */

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

interface Keyed {
  readonly symbol: string;
  readonly first: Reply;
  send(): Promise<Reply>;
}

/** Requests that have been sent once, each with what a repetition needs. */
const KINDS: Readonly<Record<string, () => Promise<Keyed>>> = {
  'a small batch': () => batchOf(3),
  'a batch of many rows': () => batchOf(3_000),
  'a correction': () => batchOf(3, '?onConflict=replace&reason=late'),
  'a deletion': () => changeOf('deletions'),
  'a restoration': () => changeOf('restorations'),
};

const keyed = (key: string) => ({ headers: { 'Idempotency-Key': key } });

async function batchOf(count: number, query = ''): Promise<Keyed> {
  const symbol = await newInstrument(service);
  const records = ticks(count, { symbol }).map((record, index) => ({ ...record, sequence: index }));
  const send = () => service.post(`/v1/market-data${query}`, { records }, keyed(symbol));
  return { symbol, first: await send(), send };
}

async function changeOf(what: 'deletions' | 'restorations'): Promise<Keyed> {
  const { symbol, ids } = await newSeries(service, 3);
  const send = () => service.post(`/v1/market-data/${what}`, { ids, reason: 'test' }, keyed(symbol));
  return { symbol, first: await send(), send };
}

const EXPIRE = `set session_replication_role = 'replica';
    update tick_store.idempotency_keys set created_at = now() - interval '91 days';
    update tick_store.ingest_batches set created_at = now() - interval '91 days';
    update tick_store.operations set at = now() - interval '91 days';
    reset session_replication_role;`;

/** A session whose open transaction has removed every key and the text of every response. */
async function removing(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: service.database.superuserUrl });
  await client.connect();
  onTestFinished(() => client.end());
  await client.query(`${EXPIRE}
    begin;
    select tick_store.remove_expired(90)`);
  return client;
}

/** Whether a session of this database waits for another one. */
const isWaiting = async () =>
  (
    await service.sql(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query not like '%pg_stat_activity%'`,
    )
  ).length > 0;

test.each(Object.entries(KINDS))('%s, sent again while its key goes', async (_, prepare) => {
  for (const end of ['commit', 'rollback'] as const) {
    const { symbol, first, send } = await prepare();
    expect(first.status, first.text).toBe(200);
    const before = await standing(service, symbol);
    const remover = await removing();
    let reply: Reply | undefined;
    const sent = send().then((one) => {
      reply = one;
    });
    while (reply === undefined && !(await isWaiting())) await new Promise((resolve) => setImmediate(resolve));
    await remover.query(end);
    await sent;
    expect([200, end], reply?.text).toEqual([reply?.status, end]);
    if (reply?.headers.get('idempotency-replayed') === 'true') expect(reply.text).toBe(first.text);
    else expect([end, reply?.body.inserted ?? 0, reply?.body.affected ?? 0]).toEqual(['commit', 0, 0]);
    expect(await standing(service, symbol)).toEqual(before);
    // once more, when nothing is running: returns the response stored under the key now
    const again = await send();
    expect([again.status, again.headers.get('idempotency-replayed'), again.text]).toEqual([
      200,
      end === 'rollback' || reply?.headers.get('idempotency-replayed') !== 'true' ? 'true' : null,
      end === 'commit' && reply?.headers.get('idempotency-replayed') === 'true' ? again.text : reply?.text,
    ]);
  }
});

test('an operation whose key expires between its first and last statement takes the key again', async () => {
  const { symbol, ids } = await newSeries(service, 3);
  const filter = { symbol, start: '2026-11-02T00:00:00.000000Z', end: '2026-11-03T00:00:00.000000Z' };
  const backend = await connectBackend(service.database);
  const database = backend.open();
  onTestFinished(async () => {
    await database.close();
    await backend.stop();
  });
  const request = () => ({
    ...{ actor: 'local', keyScope: 'local', idempotencyKey: symbol, payloadHash: Buffer.from(symbol) },
    ...{ invocationId: randomUUID(), body: deletionRequest.parse({ filter, reason: 'test' }) },
    ...{ options: { deadline: Date.now() + 20_000, idempotent: true }, logger: createLogger(() => undefined) },
  });
  const first = await runOperation(database, 'deletion', 'market_data', request());
  expect(first.affected).toBe(3);
  // the statements of a replay change nothing, so running them in one transaction or in two is equivalent
  let transactions = 0;
  const interrupted: Database = {
    capabilities: database.capabilities,
    run: (statement, options) => database.run(statement, options),
    close: () => database.close(),
    transaction: async (statements, options) => {
      if (transactions++ > 0) return database.transaction(statements, options);
      const all = [...statements];
      const before = await database.transaction(all.slice(0, -1), options);
      await withClient(service.database.superuserUrl, (client) =>
        client.query(`${EXPIRE} select tick_store.remove_expired(90)`),
      );
      return [...before, ...(await database.transaction(all.slice(-1), options))];
    },
  };
  const again = await runOperation(interrupted, 'deletion', 'market_data', request());
  expect([transactions, again.replayed, again.affected]).toEqual([2, false, 0]);
  expect(JSON.parse(again.json)).toMatchObject({ requested: 3, affected: 0, unchanged: 3 });
  expect((await service.get(`/v1/market-data/${ids[0]}`)).status).toBe(404);
});
