import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test, vi } from 'vitest';
import { findPgBouncer } from '../../servers/pgbouncer-binary.ts';
import { aptIsHere } from '../../servers/pgbouncer-debian.ts';
import { identify } from '../../servers/process-table.ts';
import { removeDatabase } from '../../servers/remove-database.ts';
import { isRoot, unprivilegedUser } from '../../servers/unprivileged-user.ts';
import { query, startServers } from '../support/start-servers.ts';

// A start from nothing takes 0.6 s and the slowest stop 4 s; a busy machine may take many times that.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const { print, printed, root, running, start, startPooler } = startServers();

describe.runIf(isRoot())('when root starts it', () => {
  test('both servers run as an unprivileged account', async () => {
    const postgres = await start(join(root, 'unprivileged'));
    const bouncer = await startPooler(postgres);
    for (const { pid } of [postgres, bouncer]) expect(statSync(`/proc/${pid}`).uid).toBe(unprivilegedUser()?.uid);
  });

  test('below a closed directory the files go where that account can reach them, and a line says where', async () => {
    const closed = join(root, 'closed');
    const dataDirectory = join(closed, 'project', 'data');
    mkdirSync(closed, { mode: 0o700 });
    const postgres = await start(dataDirectory);
    const bouncer = await startPooler(postgres, { dataDirectory });
    expect(postgres.directory).toMatch(/^\/var\/lib\/local-cloud\/.*closed-project-data-[0-9a-f]{8}$/);
    expect(printed).toEqual([expect.stringContaining(`the database's files are in ${postgres.directory}`)]);
    expect(await query(bouncer.appUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
    await bouncer.stop();
    await postgres.stop();
    expect((await start(dataDirectory)).directory).toBe(postgres.directory);
    await running[0]?.stop();
    await removeDatabase(dataDirectory, print);
    expect([existsSync(postgres.directory), existsSync(dataDirectory)]).toEqual([false, false]);
  });
});

describe('where PgBouncer is not installed', () => {
  test.runIf(aptIsHere())(
    'its package is fetched without installing it, and serves from the cache',
    async ({ skip }) => {
      const cache = join(root, 'cache');
      mkdirSync(cache);
      const find = () => findPgBouncer({ user: unprivilegedUser(), print, searchPath: [], cache });
      skip(!(await hasDebianMirror()), 'the Debian mirror cannot be reached from here');
      const fetched = find();
      expect(fetched.executable).toBe(join(cache, 'pgbouncer', 'usr', 'sbin', 'pgbouncer'));
      expect(fetched.version).toMatch(/^1\.\d+/);
      expect(printed).toEqual([expect.stringContaining('downloading its package')]);
      printed.length = 0;
      expect(find()).toEqual(fetched);
      expect(printed).toEqual([]);
    },
    // apt, over the network
    120_000,
  );
});

test('servers that do not react are ended by force', async () => {
  const postgres = await start(join(root, 'stopped'));
  const bouncer = await startPooler(postgres);
  process.kill(bouncer.pid, 'SIGSTOP');
  await bouncer.stop();
  expect(printed).toContainEqual(
    expect.stringContaining('PgBouncer did not end within 3 s of SIGINT: sending SIGTERM'),
  );
  expect(identify(bouncer.pid)).toBeUndefined();
});

async function hasDebianMirror(): Promise<boolean> {
  const child = spawn('apt-get', ['download', '--print-uris', '-qq', 'pgbouncer'], { cwd: tmpdir() });
  const uri = (await text(child.stdout)).match(/http[^']+/)?.[0];
  if (uri === undefined) return false;
  return await fetch(uri, { method: 'HEAD', signal: AbortSignal.timeout(5000) }).then(
    (response) => response.ok,
    () => false,
  );
}
