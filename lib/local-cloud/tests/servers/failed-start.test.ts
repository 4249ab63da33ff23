import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findPgBouncer } from '../../servers/pgbouncer-binary.ts';
import { startPostgres } from '../../servers/postgres.ts';
import { removeDatabase } from '../../servers/remove-database.ts';
import { unprivilegedUser } from '../../servers/unprivileged-user.ts';
import { run } from '../support/start-child.ts';
import { names, query, startServers } from '../support/start-servers.ts';

const { print, root, start, startPooler } = startServers();

describe('a start that cannot succeed says why', () => {
  /** Its files are created by the first test that starts it: 0.5 s of a processor. Each test starts it anew. */
  const shared = join(root, 'shared');

  test('a second one on the same directory names the process of the first, which keeps running', async () => {
    const first = await start(shared);
    const again = startPostgres({ names, dataDirectory: shared, print });
    await expect(again).rejects.toThrow(`in use by process ${process.pid}`);
    const elsewhere = await run(`await startPostgres({ names, dataDirectory, print })`, shared);
    expect(elsewhere.stderr).toContain(`in use by process ${process.pid}`);
    await expect(removeDatabase(shared, print)).rejects.toThrow('in use');
    expect(await query(first.ownerUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('a given port that is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const postgres = await start(shared);
    const message = `port ${port} of 127.0.0.1 is taken by another program`;
    await expect(startPostgres({ names, dataDirectory: join(root, 'ports'), port, print })).rejects.toThrow(message);
    await expect(startPooler(postgres, { port })).rejects.toThrow(message);
    taken.close();
  });

  test('a server that ends while it starts, with the end of its log', async () => {
    const refused = startPostgres({ names, dataDirectory: shared, print, settings: { shared_buffers: 'much' } });
    await expect(refused).rejects.toThrow(
      /PostgreSQL did not start, with exit code 1\. The end of .*postgres\.log:\n.*invalid value.*shared_buffers/s,
    );
    const postgres = await start(shared);
    await expect(startPooler(postgres, { overrides: { pool_mode: 'none' } })).rejects.toThrow(
      /PgBouncer did not start.*The end of .*pgbouncer\.log:\n.*pool_mode/s,
    );
  });

  test('fewer connections in Postgres than the pooler may open', async () => {
    const postgres = await start(shared, { settings: { max_connections: '40' } });
    await expect(startPooler(postgres)).rejects.toThrow("settings: { max_connections: '100' }");
  });

  test('files of another major version, or without their passwords', async () => {
    const dataDirectory = join(root, 'foreign');
    await start(dataDirectory).then((postgres) => postgres.stop());
    const version = join(dataDirectory, 'postgres', 'PG_VERSION');
    writeFileSync(version, '17\n');
    await expect(startPostgres({ names, dataDirectory, print })).rejects.toThrow(
      /created by PostgreSQL 17, and PostgreSQL 18[\d.]* cannot read it/,
    );
    rmSync(join(dataDirectory, 'secrets.json'));
    await expect(startPostgres({ names, dataDirectory, print })).rejects.toThrow(/secrets\.json is missing/);
    await removeDatabase(dataDirectory, print);
    expect(existsSync(dataDirectory)).toBe(false);
  });

  test('one that is too old, or does not run, is refused with instructions to install another', () => {
    // not below `root`: what is kept in memory may not be run on every machine
    const directory = mkdtempSync(join(tmpdir(), 'local-cloud-bin-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    // the account that runs the servers for root has to pass
    chmodSync(directory, 0o711);
    const searchPath = [directory];
    const find = () => findPgBouncer({ user: unprivilegedUser(), print, searchPath });
    const fake = join(directory, 'pgbouncer');
    writeFileSync(fake, '#!/bin/sh\necho PgBouncer 1.16.1\n', { mode: 0o755 });
    expect(find).toThrow(/is PgBouncer 1\.16\.1, and 1\.18 or newer is required: .*pgbouncer/);
    writeFileSync(fake, '#!/bin/sh\necho no library >&2; exit 127\n');
    expect(find).toThrow(/does not run here \(no library\)/);
  });
});
