import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Random } from '../fuzz/random.ts';
import { checkStore, untilServing } from '../ordeal/check-store.ts';
import { Client, type Sent } from '../ordeal/clients.ts';
import { disturbances, POOL_SIZE } from '../ordeal/disturbances.ts';
import type { BackendName } from '../support/backends/backends.ts';
import { startOwnDatabase } from '../support/own-database.ts';
import { startService } from '../support/service.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

/**
 * Clients write, delete, restore, correct and replay while the service is broken in every way that can be brought about here.
 * `npm run faults -- --runs N --seed S --backend B` breaks it more often.
 */

const RUNS = Number(process.env['FAULTS_RUNS'] ?? 20);
const SEED = Number(process.env['FAULTS_SEED'] ?? Date.now() % 1_000_000);
const BACKEND = (process.env['FAULTS_BACKEND'] ?? 'pg') as BackendName;
const CLIENTS = 6;
/** A hang guard; a quiet machine takes less than 5 s. */
const RECOVERY_MS = 30_000;

test(`after ${RUNS} faults all that was answered is stored, once`, { timeout: 120_000 + RUNS * 20_000 }, async () => {
  await using stack = new AsyncDisposableStack();
  const database = stack.adopt(await startOwnDatabase(SMALL_POOL), (one) => one.stop());
  const target = new URL(database.appUrl);
  // the Data API's own connections go to PostgreSQL itself
  if (BACKEND === 'data-api') target.port = new URL(database.ownerUrl).port;
  const wire = stack.adopt(await startTcpProxy(target.href), (one) => one.stop());
  const service = stack.adopt(
    await startService({
      ...{ database, backend: BACKEND, processes: true, timeoutMs: 8_000, concurrency: 4 },
      databaseUrl: () => wire.url,
      environment: { ACQUIRE_TIMEOUT_MS: '1500' },
    }),
    (one) => one.stop(),
  );
  const random = new Random(SEED);
  const sent: Sent = { batches: [], operations: [], differences: [], retries: 0, replays: 0 };
  let isOver = false;
  const clients = Array.from({ length: CLIENTS }, (_, nth) => {
    return new Client(service.url, `client-${nth}`, new Random(SEED + nth + 1), sent);
  });
  const running = clients.map((client) => client.run(() => isOver));

  const known = disturbances({ database, wire, random });
  const names = Object.keys(known);
  const faults: string[] = [];
  const recoveries: number[] = [];
  for (let nth = 0; nth < RUNS; nth++) {
    // each of them once, then at random
    const name = names[nth] ?? random.pick(names);
    await sleep(random.below(400));
    const lift = await known[name]?.();
    faults.push(name);
    await sleep(random.below(900));
    await lift?.();
    recoveries.push(Math.round(await untilServing(service, RECOVERY_MS)));
  }
  isOver = true;
  for (const client of clients) client.isHealed = true;
  await Promise.all(running);

  const differences = await checkStore(service, sent);
  const slowest = Math.max(...recoveries);
  const answered = (list: readonly { readonly outcome: string }[]) =>
    list.filter((one) => one.outcome === 'answered').length;
  process.stdout.write(
    `${JSON.stringify({
      ...{ backend: BACKEND, seed: SEED, faults: faults.length, differences: differences.length },
      ...{ batches: sent.batches.length, batchesAnswered: answered(sent.batches) },
      ...{ operations: sent.operations.length, operationsAnswered: answered(sent.operations) },
      ...{ retries: sent.retries, replays: sent.replays, slowestRecoveryMs: slowest },
      slowestFault: faults[recoveries.indexOf(slowest)],
    })}\n`,
  );
  expect({ seed: SEED, faults, differences }).toEqual({ seed: SEED, faults, differences: [] });
  expect(slowest).toBeLessThan(RECOVERY_MS);
  expect(sent.batches.length).toBeGreaterThan(RUNS);
  expect(sent.retries).toBeGreaterThan(0);
});

const SMALL_POOL = {
  default_pool_size: String(POOL_SIZE),
  reserve_pool_size: '0',
  max_db_connections: String(POOL_SIZE),
  query_wait_timeout: '2',
};
