import { chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unprivilegedUser } from '@tick-store/local-cloud';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type OwnDatabase, startOwnDatabase } from '../support/own-database.ts';
import { withClient } from '../support/postgres.ts';
import { type Reply, startService, type TestService } from '../support/service.ts';
import { mountSmallDisk, type SmallDisk } from '../support/small-disk.ts';
import { ticks } from '../support/ticks.ts';

vi.setConfig({ testTimeout: 60_000 });

const ROWS = 10_000;
const disk = mkdtempSync(join(tmpdir(), 'tick-store-disk-'));
let small: SmallDisk | undefined;

describe('a full disk', () => {
  let database: OwnDatabase;
  let service: TestService;

  beforeAll(async () => {
    small = mountSmallDisk(disk, '12m');
    if (small === undefined) return;
    const space = join(disk, 'space');
    mkdirSync(space, { mode: 0o700 });
    const user = unprivilegedUser();
    if (user) chownSync(space, user.uid, user.gid);
    database = await startOwnDatabase({}, { inMemory: true });
    await withClient(database.superuserUrl, async (client) => {
      await client.query(`create tablespace small location '${space}'`);
      await client.query('grant create on tablespace small to tick_store_owner');
      await client.query(`alter database tick_store set default_tablespace = 'small'`);
    });
    // the pooler's connections still have the old default
    await database.killPooler();
    await database.startPooler();
    service = await startService({ database, concurrency: 1 });
  });
  afterAll(async () => {
    await service?.stop();
    await database?.stop();
    small?.unmount();
    rmSync(disk, { recursive: true });
  });

  const write = (key: string): Promise<Reply> =>
    service.post(
      '/v1/market-data',
      { records: ticks(ROWS, {}, '2020-01-05T00:00:00Z') },
      { headers: { 'idempotency-key': key } },
    );
  const countRows = async () =>
    (await service.sql<{ n: number }>('select count(*)::int as n from tick_store.market_data'))[0]?.n ?? 0;

  test('causes a 503 that writes nothing and leaves stored ticks readable, and with room again the batch is stored', async ({
    skip,
  }) => {
    skip(small === undefined, 'only root may mount a small disk');
    let stored = 0;
    let reply = await write(`batch-${stored}`);
    while (reply.status === 200 && stored < 50) reply = await write(`batch-${++stored}`);
    expect(stored).toBeGreaterThan(0);
    expect(reply.status, reply.text).toBe(503);
    expect(reply.body).toMatchObject({ code: 'database_unavailable', category: 'system' });
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(reply.text).not.toMatch(/space|file|base\//i);
    expect(service.logs.join('\n')).toContain('53100');
    expect(await countRows()).toBe(stored * ROWS);
    expect((await service.get('/v1/market-data', { query: { symbol: 'ES', limit: 3 } })).body.data).toHaveLength(3);

    small?.makeRoom('64m');
    expect((await write(`batch-${stored}`)).status).toBe(200);
    expect(await countRows()).toBe((stored + 1) * ROWS);
  });
});
