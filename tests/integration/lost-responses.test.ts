import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { ingestQuery } from '../../functions/contract/ingest-query.ts';
import { Problem } from '../../functions/contract/problem.ts';
import type { Database } from '../../functions/database/database.ts';
import { DatabaseError } from '../../functions/database/errors.ts';
import { createIngestServices, ingestBatch } from '../../functions/ingest/ingest-batch.ts';
import { ReferenceCache } from '../../functions/ingest/reference-cache.ts';
import { tickTable } from '../../functions/market-data/tick-table.ts';
import { runOperation } from '../../functions/operations/run-operation.ts';
import { PartitionKeeper } from '../../functions/partitions/ensure-partitions.ts';
import { createLogger } from '../../functions/runtime/logger.ts';
import { connectWired, type WiredBackend } from '../support/backends/wired.ts';
import { createTestDatabase, type TestDatabase, withClient } from '../support/postgres.ts';
import type { Afterwards, Fate } from '../support/tcp-proxy.ts';
import { tick } from '../support/ticks.ts';

/**
 * Each database response that a request waits for is lost in turn: once, and then with every later response lost too. After that,
 * the client repeats the request with its key. The request must have been executed exactly once, and every replay must return the
 * same response.
 */

let copy: TestDatabase;
let backend: WiredBackend;
beforeAll(async () => {
  copy = await createTestDatabase(inject('postgres'));
  await withClient(copy.ownerUrl, (client) =>
    client.query(`insert into tick_store.instruments (symbol, name, type) values ('ES', 'ES', 'future')`),
  );
  // nobody else can end a transaction whose id was lost
  await withClient(copy.superuserUrl, (client) =>
    client.query(
      `alter role tick_store_app in database ${copy.name} set idle_in_transaction_session_timeout = '300ms'`,
    ),
  );
  // the driver's shortest retry delays
  vi.spyOn(Math, 'random').mockReturnValue(0);
  backend = await connectWired(copy);
});
afterAll(async () => {
  vi.restoreAllMocks();
  await backend.stop();
  await copy.drop();
});

const one = async <T>(text: string, values: unknown[] = []): Promise<T> =>
  withClient(copy.ownerUrl, async (client) => (await client.query(text, values)).rows[0]);

/** A request as the client sends it, and repeats it with the same key; each sending is a separate invocation. */
interface Request {
  send(database: Database): Promise<{ json: string; replayed: boolean }>;
  /** How many times the request was executed. */
  times(): Promise<number>;
}

const common = () => {
  const [idempotencyKey, payloadHash] = [`key-${randomUUID()}`, randomBytes(32)];
  return () => ({
    actor: 'local',
    keyScope: 'local',
    idempotencyKey,
    payloadHash,
    invocationId: randomUUID(),
    options: { deadline: Date.now() + 8_000, idempotent: true },
    logger: createLogger(() => undefined),
  });
};

const references = new ReferenceCache();
const partitions = new PartitionKeeper();
let sequence = 0;

function ingest(sequenced: boolean): Request {
  const sending = common();
  const price = ++sequence;
  const records = [0, 1, 2].map(() => tick({ price, ...(sequenced ? { sequence: ++sequence } : {}) }));
  const body = { text: JSON.stringify({ records }), mediaType: 'application/json' as const };
  const query = ingestQuery.parse({ batchSize: '2' });
  return {
    send: (database) => {
      const services = { ...createIngestServices(database), references, partitions };
      return ingestBatch(services, tickTable, { ...sending(), body, query });
    },
    times: async () => {
      const text = 'select count(*)::int4 as n from tick_store.market_data where price = $1';
      return (await one<{ n: number }>(text, [price])).n / records.length;
    },
  };
}

async function deletion(): Promise<Request> {
  const sending = common();
  const { json } = await ingest(false).send(firstWay());
  const { firstId } = JSON.parse(json) as { firstId: number };
  const body = { ids: [firstId, firstId + 1], reason: randomUUID(), dryRun: false, batchSize: 500 };
  return {
    send: (database) => runOperation(database, 'deletion', 'market_data', { ...sending(), body }),
    times: async () => {
      const text = 'select count(*)::int4 as n from tick_store.operations where reason = $1 and affected = 2';
      const { n } = await one<{ n: number }>(text, [body.reason]);
      const marked = `select count(*)::int4 as n from tick_store.market_data where id between $1 and $1 + 2 and deleted_at is not null`;
      return (await one<{ n: number }>(marked, [firstId])).n === 2 * n ? n : Number.NaN;
    },
  };
}

const firstWay = (): Database => Object.values(backend.ways)[0] as Database;
const ways = { pg: ['pg'], neon: ['HTTP', 'the WebSocket'], 'data-api': ['the Data API'] }[inject('backend')];

const REQUESTS: Record<string, () => Promise<Request>> = {
  'a batch': async () => ingest(false),
  'a batch with sequences': async () => ingest(true),
  'a deletion': deletion,
};

describe.each(ways)('by %s', (way) => {
  // over the WebSocket the calls are those of pg, and slower to break; one kind of request covers them all
  const kinds = Object.keys(REQUESTS).filter((kind) => way !== 'the WebSocket' || kind === 'a batch with sequences');
  describe.each(kinds)('%s', (kind) => {
    test.each<[string, Fate, Afterwards]>([
      ['one', 'cut', 'whole'],
      ...(kind === 'a batch' ? [['half of one', 'half-and-cut', 'whole'] as [string, Fate, Afterwards]] : []),
      ['every one from there on', 'cut', 'loses responses'],
      // as if the environment were killed: nobody rolls back
      ...(kind !== 'a batch with sequences'
        ? []
        : [['with it the way there', 'cut', 'dead'] as [string, Fate, Afterwards]]),
    ])('is executed once, whichever response is lost: %s', async (_, fate, afterwards) => {
      const database = backend.ways[way] as Database;
      const newRequest = REQUESTS[kind] as (typeof REQUESTS)[string];
      // a first request connects and fills the caches of the environment
      await (await newRequest()).send(database);
      let nth = 0;
      for (let hits = 1; hits > 0; ) {
        const request = await newRequest();
        const hit = backend.wire.hitResponse(++nth, fate, afterwards);
        const told = await request.send(database).catch((error: unknown) => error);
        backend.wire.heal();
        hits = hit.hits;
        if (told instanceof Error) expectHonest(told, await request.times());
        const again = await vi.waitFor(() => request.send(database), { timeout: 15_000, interval: 10 });
        expect(await request.times(), `response ${nth}`).toBe(1);
        if (!(told instanceof Error)) expect(again).toEqual({ ...(told as object), replayed: true });
      }
      // BEGIN, statements and COMMIT; over HTTP all of them are one request
      expect(nth).toBeGreaterThan(1);
    });
  });
});

/** The client may retry the failure, and what the error says about the outcome is true. */
function expectHonest(error: Error, times: number): void {
  expect(error instanceof DatabaseError || error instanceof Problem, error.stack).toBe(true);
  if (!(error instanceof DatabaseError)) return;
  expect(['unavailable', 'timeout', 'overload']).toContain(error.kind);
  if (error.fields.rolledBack) expect(times).toBe(0);
}
