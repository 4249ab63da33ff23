import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LocalPostgres, startPostgres } from '../../servers/postgres.ts';
import { withClient } from '../../servers/postgres-cluster.ts';
import { differences, digestsOf, restoreBackup } from '../../servers/restore-backup.ts';
import { fastDirectory } from '../support/fast-directory.ts';

const directory = mkdtempSync(join(fastDirectory(), 'local-cloud-restore-'));
// the account that runs the server for root has to pass
chmodSync(directory, 0o711);
const names = { database: 'shop', owner: 'shop_owner', application: 'shop_app', monitor: 'shop_stats' };
let source: LocalPostgres;

beforeAll(async () => {
  source = await startPostgres({ dataDirectory: directory, names, print: () => undefined });
  await withClient(source.ownerUrl, async (client) => {
    await client.query(
      'create schema shop; create table shop.orders (id bigint, price float8) partition by range (id)',
    );
    await client.query('create table shop.orders_1 partition of shop.orders for values from (0) to (1000)');
    await client.query('create table shop.orders_2 partition of shop.orders for values from (1000) to (1000000)');
    await client.query('insert into shop.orders select i, i / 7.0 from generate_series(1, 1500) i');
  });
});
afterAll(async () => {
  await source?.stop();
  rmSync(directory, { recursive: true, force: true });
});

test('a backup of a server under writes, restored next to it, has the rows of one moment, and leaves nothing behind', async () => {
  let writing = true;
  const writer = withClient(source.ownerUrl, async (client) => {
    for (let id = 2000; writing; id++)
      await client.query('insert into shop.orders values ($1::bigint, $1::bigint / 3.0)', [id]);
  });
  const copy = await restoreBackup(source, () => undefined);
  writing = false;
  await writer;
  const found = await digestsOf(copy.postgres);
  expect(differences(copy.expected, found)).toEqual([]);
  expect(found['shop.orders_1']?.rows).toBe('999');
  expect(Number(found['shop.orders_2']?.rows)).toBeGreaterThanOrEqual(501);
  // it went on while it was backed up
  expect(differences(copy.expected, await digestsOf(source))).toEqual([
    expect.stringMatching(/^shop\.orders_2: \d+ rows, restored \d+$/),
  ]);
  expect(copy.postgres.port).not.toBe(source.port);
  // one value that differs is found
  await withClient(copy.postgres.ownerUrl, (client) =>
    client.query('update shop.orders set price = price + 0.25 where id = 7'),
  );
  expect(differences(copy.expected, await digestsOf(copy.postgres))).toEqual(['shop.orders_1: 999 rows, restored 999']);
  await copy.remove();
  expect(existsSync(join(source.directory, 'restored'))).toBe(false);
});
