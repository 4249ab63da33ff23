import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ExecutionEnvironments, type LocalDatabase } from '@tick-store/local-cloud';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../lib/config/schema.ts';
import { sampleLines } from '../support/metrics.ts';
import { startMigratedDatabase } from '../support/migrations.ts';

/** A pool of two server connections, so that it can be exhausted, and a wire that leads nowhere. */
const directory = mkdtempSync(join(tmpdir(), 'tick-store-probe-'));
const { pooler: settings } = readConfig({ pooler: { baseConnections: 1, overflowConnections: 1 } });
let database: LocalDatabase;
let hole: Server;
let holeUrl: string;
let directUrl: string;
beforeAll(async () => {
  database = await startMigratedDatabase({ dataDirectory: directory, pooler: settings, print: () => undefined });
  hole = createServer(() => undefined);
  await new Promise<void>((resolve) => hole.listen(0, '127.0.0.1', resolve));
  const at = hole.address() as { port: number };
  holeUrl = withPort(database.pooler.appUrl, at.port);
  directUrl = withPort(database.pooler.appUrl, database.postgres.port);
});
afterAll(async () => {
  hole.close();
  await database.stop();
  rmSync(directory, { recursive: true, force: true });
});

function withPort(url: string, port: number): string {
  const changed = new URL(url);
  changed.port = String(port);
  return changed.href;
}

interface Outcome {
  readonly result: { readonly status: string; readonly alerts: string[] };
  /** Of the line that holds ProbeUp, after the invocation began. */
  readonly emittedMs: number;
  readonly line: Record<string, number>;
  readonly logs: string[];
}

/** One sample in an execution environment that was started for it. */
async function probe(environment: Record<string, string>): Promise<Outcome> {
  const logs: string[] = [];
  let emittedAt = 0;
  const environments = new ExecutionEnvironments({
    functions: [
      {
        name: 'probe-health',
        entry: fileURLToPath(new URL('../../functions/probe-health.ts', import.meta.url)),
        environment: { POOL_BASE_CONNECTIONS: '1', POOL_MAX_CONNECTIONS: '2', ...environment },
        timeoutMs: 60_000,
        memoryMb: 256,
      },
    ],
    concurrency: 1,
    queueTimeoutMs: 5000,
    onLog: (line) => {
      logs.push(line);
      if (line.includes('"ProbeUp":')) emittedAt = performance.now();
    },
  });
  try {
    await environments.warm('probe-health');
    const started = performance.now();
    const result = await environments.invoke('probe-health', {});
    if (!result.ok) throw new Error(JSON.stringify(result));
    const line = sampleLines(logs)[0] as unknown as Record<string, number>;
    return { result: result.payload as Outcome['result'], emittedMs: emittedAt - started, line, logs };
  } finally {
    await environments.stop();
  }
}

/** Nothing that was written may lead anybody in. */
function assertNoSecrets({ logs }: Outcome): void {
  const { password } = new URL(database.pooler.appUrl);
  for (const line of logs) {
    expect(line).not.toContain(password);
    expect(line).not.toContain('postgres://');
  }
}

test('if nobody listens, the probe reports down within a second, with the reason', async () => {
  const outcome = await probe({ DATABASE_URL: 'postgres://app:secret@127.0.0.1:1/ticks' });
  expect(outcome.result.status).toBe('critical');
  expect(outcome.result.alerts).toEqual([
    'CRITICAL: Database unreachable: the database or the pooler is unreachable (ECONNREFUSED)',
  ]);
  expect(outcome.line).toMatchObject({ ProbeUp: 0, HealthLevel: 2 });
  expect(outcome.line).not.toHaveProperty('PoolUtilizationPercent');
  expect(outcome.emittedMs).toBeLessThan(2000);
  assertNoSecrets(outcome);
});

test.each([
  ['the pooler', () => ({ DATABASE_URL: holeUrl })],
  ['the pooler and its console', () => ({ DATABASE_URL: holeUrl, POOLER_ADMIN_URL: holeUrl })],
  [
    'the pooler, its console and the database',
    () => ({ DATABASE_URL: holeUrl, POOLER_ADMIN_URL: holeUrl, DIRECT_DATABASE_URL: holeUrl }),
  ],
])('if %s gets no response, the probe reports down within 10 s', async (_what, environment) => {
  const outcome = await probe(environment());
  expect(outcome.result.status).toBe('critical');
  expect(outcome.result.alerts[0]).toMatch(/^CRITICAL: Database unreachable: no (connection|response)/);
  expect(outcome.line['ProbeUp']).toBe(0);
  expect(outcome.emittedMs).toBeLessThan(10_000);
  assertNoSecrets(outcome);
});

test('if the database hangs behind a live pooler, the probe reports down within 10 s and still measures the pool', async () => {
  process.kill(database.postgres.pid, 'SIGSTOP');
  const children = await import('node:child_process').then(({ execFileSync }) =>
    execFileSync('pgrep', ['-P', String(database.postgres.pid)], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map(Number),
  );
  for (const pid of children) process.kill(pid, 'SIGSTOP');
  try {
    const outcome = await probe({
      DATABASE_URL: database.pooler.appUrl,
      POOLER_ADMIN_URL: database.pooler.adminUrl,
      DIRECT_DATABASE_URL: directUrl,
    });
    expect(outcome.result.status).toBe('critical');
    expect(outcome.line['ProbeUp']).toBe(0);
    expect(outcome.line).toHaveProperty('PoolUtilizationPercent');
    expect(outcome.emittedMs).toBeLessThan(10_000);
  } finally {
    for (const pid of children) process.kill(pid, 'SIGCONT');
    process.kill(database.postgres.pid, 'SIGCONT');
  }
});

test.each([
  ['by the pooler’s console', () => ({ POOLER_ADMIN_URL: database.pooler.adminUrl })],
  ['by a direct connection', () => ({ DIRECT_DATABASE_URL: directUrl })],
])('an exhausted pool is reported as full %s', async (how, environment) => {
  const holders = [1, 2].map(() => new pg.Client({ connectionString: database.pooler.appUrl }));
  try {
    for (const client of holders) {
      client.on('error', () => undefined);
      await client.connect();
      await client.query('begin');
    }
    const outcome = await probe({ DATABASE_URL: database.pooler.appUrl, ...environment() });
    expect(outcome.result.status).toBe('critical');
    expect(outcome.result.alerts.slice(0, 2)).toEqual([
      'CRITICAL: Connection pool exhausted: no connection was free in 3.5 s',
      'CRITICAL: Connection pool utilization at 100.0%',
    ]);
    expect(outcome.line).toMatchObject({ ProbeUp: 1, PoolExhausted: 1, PoolUtilizationPercent: 100, PoolInUse: 2 });
    expect(outcome.line['PoolAcquireMs']).toBeGreaterThan(3000);
    expect(outcome.emittedMs).toBeLessThan(10_000);
    // the sample of the direct connection is also stored
    if (how === 'by a direct connection') {
      const client = new pg.Client({ connectionString: directUrl });
      await client.connect();
      const { rows } = await client.query(
        'select status, sample from tick_store.health_samples order by id desc limit 1',
      );
      expect(rows[0]).toMatchObject({ status: 'critical', sample: { probe: { up: false } } });
      await client.end();
    }
  } finally {
    for (const client of holders) await client.end();
  }
});
