import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type LocalDatabase, startLocalDatabase } from '../../servers/local-database.ts';

/** A real PostgreSQL that is asked to shut down while a client stays connected: it takes nobody, and does not end. */

const directory = mkdtempSync(join(tmpdir(), 'local-cloud-hung-'));
// mkdtemp closes it to everybody else; the account that runs the servers for root has to pass
chmodSync(directory, 0o711);
const printed: string[] = [];
let database: LocalDatabase;

beforeAll(async () => {
  database = await startLocalDatabase({
    dataDirectory: directory,
    names: { database: 'shop', owner: 'shop_owner', application: 'shop_app', monitor: 'shop_monitor' },
    pooler: {
      baseConnections: 2,
      overflowConnections: 2,
      acquireTimeoutSeconds: 5,
      recycleSeconds: 600,
      checkBeforeUse: true,
    },
    print: (line) => void printed.push(line),
    onGivenUp: (error) => void printed.push(error.message),
  });
}, 60_000);
afterAll(async () => {
  await database?.stop();
  rmSync(directory, { recursive: true, force: true });
}, 60_000);

test('PostgreSQL that is stuck in a shutdown is replaced', async () => {
  const client = new pg.Client({ connectionString: database.postgres.ownerUrl });
  client.on('error', () => undefined);
  await client.connect();
  const { pid } = database.postgres;
  // a smart shutdown waits for its clients for ever
  process.kill(pid, 'SIGTERM');
  await vi.waitUntil(() => database.postgres.pid !== pid, { timeout: 60_000, interval: 100 });
  expect(printed.join('\n')).toMatch(/PostgreSQL \(process \d+\) runs but does not serve: .*shutting down/);
  const again = new pg.Client({ connectionString: database.postgres.ownerUrl });
  await again.connect();
  expect((await again.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  await again.end();
  await client.end().catch(() => undefined);
}, 90_000);
