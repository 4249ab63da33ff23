import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandLine } from '@tick-store/local-cloud';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type OwnDatabase, startOwnDatabase } from '../support/own-database.ts';
import { type Reply, startService, type TestService } from '../support/service.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { ticks } from '../support/ticks.ts';

// Hang guards, not measurements: an environment starts in half a second, on a busy machine in many.
vi.setConfig({ testTimeout: 90_000 });

const ROWS = 3_000;
const SYMBOLS = ['ES', 'NQ', 'GBPUSD'];

let database: OwnDatabase;
beforeAll(async () => {
  database = await startOwnDatabase();
});
afterAll(() => database?.stop());
afterEach(() => database.thawPostgres());

/** Our own ingest environments' processes. */
function ingestEnvironments(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => commandLine(pid)?.includes('functions/ingest.ts') && parentOf(pid) === process.pid);
}

function parentOf(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1]);
  } catch {
    return 0;
  }
}

/** A client that sends a batch until it learns that it is stored, as the contract asks it to. */
async function send(service: TestService, key: string, sequenced: boolean): Promise<Reply> {
  const records = ticks(ROWS, { symbol: SYMBOLS[key.length % 3] }).map((tick, index) =>
    sequenced ? { ...tick, sequence: index, volume: key.length } : tick,
  );
  for (let tries = 1; ; tries++) {
    const reply = await service
      .post('/v1/market-data', { records }, { headers: { 'idempotency-key': key } })
      .catch(() => undefined);
    if (reply?.status === 200) return reply;
    if (reply !== undefined) expect([409, 500, 503, 504], reply.text).toContain(reply.status);
    expect(tries, 'tries of one batch').toBeLessThan(60);
    await sleep(50);
  }
}

interface Visible {
  batches: number;
  torn: number;
}

/** Batches that a reader sees with other rows than their ledger row says, in one snapshot. */
async function look(service: TestService): Promise<Visible> {
  const [row] = await service.sql<Visible>(`
    select count(*)::int as batches, (count(*) filter (where b.inserted <> m.rows))::int as torn
      from tick_store.ingest_batches b
     cross join lateral (select count(*) as rows from tick_store.market_data
                          where id >= b.block * 65536 and id < (b.block + 1) * 65536) m`);
  return row as Visible;
}

/** Looks on until `done`; no reader ever sees a part of a batch. */
async function watch(service: TestService, done: Promise<unknown>): Promise<void> {
  let over = false;
  const end = done.finally(() => {
    over = true;
  });
  end.catch(() => undefined);
  while (!over) {
    const seen = await look(service).catch(() => undefined);
    if (seen) expect(seen.torn).toBe(0);
    await sleep(20);
  }
  await end;
}

/** Every batch is stored once, and as its receipt says. */
async function expectStoredOnce(service: TestService, prefix: string, replies: Map<string, Reply>): Promise<void> {
  const stored = await service.sql<{ key: string; block: number; rows: number; inserted: number; received: number }>(
    `select b.idempotency_key as key, b.block::int as block, b.inserted, b.received,
            (select count(*)::int from tick_store.market_data m where m.id >= b.block * 65536 and m.id < (b.block + 1) * 65536) as rows
       from tick_store.ingest_batches b where b.idempotency_key like $1 order by 1`,
    [`${prefix}%`],
  );
  expect(stored.map((batch) => batch.key)).toEqual([...replies.keys()].sort());
  for (const batch of stored) {
    const { body } = replies.get(batch.key) as Reply;
    expect(body).toMatchObject({ batchId: batch.block, inserted: batch.rows, received: ROWS });
    expect(batch.inserted).toBe(batch.rows);
    expect((await service.get(`/v1/market-data/batches/${batch.block}`)).body).toEqual(body);
  }
  expect((await look(service)).torn).toBe(0);
}

/** Several clients send batches one after another, until all are stored. */
async function sendAll(service: TestService, prefix: string, clients: number, each: number) {
  const replies = new Map<string, Reply>();
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      for (let n = 0; n < each; n++) {
        const key = `${prefix}${client}-${n}`;
        replies.set(key, await send(service, key, client % 2 === 1));
      }
    }),
  );
  return replies;
}

describe.skipIf(process.platform !== 'linux')('an execution environment that is killed', () => {
  test('at any moment leaves only whole batches, each stored once however often it was sent', async () => {
    const service = await startService({ database, concurrency: 3, processes: true });
    onTestFinished(() => service.stop());
    let over = false;
    let kills = 0;
    const killing = (async () => {
      while (!over) {
        await sleep(300 + Math.random() * 400);
        const environments = ingestEnvironments();
        const victim = environments[Math.floor(Math.random() * environments.length)];
        if (victim === undefined || kills >= 12) continue;
        process.kill(victim, 'SIGKILL');
        kills++;
      }
    })();
    const sending = (async () => {
      const all = new Map<string, Reply>();
      for (let n = 0; kills < 12; n++)
        for (const [key, reply] of await sendAll(service, `killed-${n}-`, 3, 2)) all.set(key, reply);
      return all;
    })();
    await watch(service, sending);
    over = true;
    await killing;
    await expectStoredOnce(service, 'killed-', await sending);
  });

  test('while the response to COMMIT is lost or its connection hangs, stores a batch once', async () => {
    const proxy = await startTcpProxy(database.appUrl);
    const service = await startService({
      processes: true,
      database,
      concurrency: 2,
      timeoutMs: 3_000,
      databaseUrl: () => proxy.url,
      environment: { ACQUIRE_TIMEOUT_MS: '1000' },
    });
    onTestFinished(async () => {
      await service.stop();
      await proxy.stop();
    });
    const faults = [
      () => proxy.loseResponseTo('commit'),
      () => proxy.cutBefore('commit'),
      () => proxy.cutAfter(Math.random() * 300_000, 'up'),
      () => proxy.blackHole('down'),
      () => proxy.cutAll(),
      () => {
        proxy.blackHole();
        for (const pid of ingestEnvironments()) process.kill(pid, 'SIGKILL');
      },
    ];
    const replies = new Map<string, Reply>();
    for (const [n, fault] of faults.entries()) {
      proxy.heal();
      await send(service, `warm-${n}`, false);
      const sending = sendAll(service, `lost-${n}-`, 2, 1);
      await sleep(Math.random() * 30);
      fault();
      const healing = sleep(1_200).then(() => proxy.heal());
      await watch(service, sending);
      await healing;
      for (const [key, reply] of await sending) replies.set(key, reply);
    }
    await expectStoredOnce(service, 'lost-', replies);
  });
});

test('Postgres killed during ingests keeps every acknowledged row and duplicates none', async () => {
  const service = await startService({ database, concurrency: 3, processes: true });
  onTestFinished(() => service.stop());
  const replies = new Map<string, Reply>();
  for (let round = 0; round < 3; round++) {
    const sending = sendAll(service, `crash-${round}-`, 3, 3);
    await sleep(100 + Math.random() * 200);
    await database.killPostgres(round === 1 ? 'SIGQUIT' : 'SIGKILL');
    await database.startPostgres();
    await watch(service, sending);
    for (const [key, reply] of await sending) replies.set(key, reply);
  }
  await expectStoredOnce(service, 'crash-', replies);
});
