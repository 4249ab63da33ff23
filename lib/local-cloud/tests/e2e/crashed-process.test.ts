import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { until } from '../../servers/child-process.ts';
import { commandLine, isRunning } from '../../servers/process-table.ts';
import { removeDatabase } from '../../servers/remove-database.ts';
import { linesOf, pidsOf, startBoth, startChild } from '../support/start-child.ts';
import { query, startServers } from '../support/start-servers.ts';

// A start from nothing takes 0.6 s and the slowest stop 4 s; a busy machine may take many times that.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const { print, printed, root, start, startPooler } = startServers();

describe('after our own process ended without stopping the servers', () => {
  let dataDirectory: string;
  let crashes = 0;
  beforeEach(() => {
    crashes += 1;
    dataDirectory = join(root, `crash-${crashes}`);
  });
  // Where a test fails half-way, this ends what its child left.
  afterAll(async () => {
    for (let nth = 1; nth <= crashes; nth++) await removeDatabase(join(root, `crash-${nth}`), print);
  });

  test('killed: the next start ends its leftovers, recovers every committed row and reports it', async () => {
    const child = startChild(`${startBoth}; setInterval(() => undefined, 1000)`, dataDirectory);
    const left = await pidsOf(child);
    const [line] = await linesOf(child, 1);
    await query(String(line), 'create table survivors (n int); insert into survivors values (1), (2)');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(left.every(isRunning)).toBe(true);

    const postgres = await start(dataDirectory);
    const bouncer = await startPooler(postgres);
    expect(left.filter(isRunning)).toEqual([]);
    expect(await query(postgres.ownerUrl, 'select count(*)::int as n from survivors')).toEqual([{ n: 2 }]);
    expect(await query(bouncer.appUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
    for (const name of ['PostgreSQL', 'PgBouncer']) {
      expect(printed).toContainEqual(
        expect.stringMatching(new RegExp(`^${name} \\(process \\d+\\) was still running`)),
      );
    }
  });

  test('killed with its Postgres: running sessions are ended, too, and the WAL is replayed', async () => {
    const child = startChild(`${startBoth}; setInterval(() => undefined, 1000)`, dataDirectory);
    const left = await pidsOf(child);
    const [url] = await linesOf(child, 1);
    const sleeping = query(String(url), 'select pg_sleep(60)').catch((error: Error) => error);
    await query(String(url), 'create table survivors (n int); insert into survivors values (1), (2)');
    const asleep = `select from pg_stat_activity where query like 'select pg_sleep%' and state = 'active'`;
    await vi.waitUntil(async () => (await query(String(url), asleep)).length > 0, { timeout: 10_000, interval: 20 });
    process.kill(left[0]?.pid ?? 0, 'SIGSTOP');
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    process.kill(left[0]?.pid ?? 0, 'SIGKILL');
    await ended;
    const postgres = await start(dataDirectory);
    expect(await sleeping).toBeInstanceOf(Error);
    expect(await query(postgres.ownerUrl, 'select count(*)::int as n from survivors')).toEqual([{ n: 2 }]);
    expect(printed).toContainEqual(expect.stringContaining('no committed row is lost'));
  });

  test('an uncaught error: nothing is left running', async () => {
    const child = startChild(`${startBoth}; throw new Error('on purpose')`, dataDirectory);
    const left = await pidsOf(child);
    expect(await once(child, 'exit')).toEqual([1, null]);
    expect(await until(() => !left.some(isRunning), 10_000)).toBe(true);
  });

  test('a pid file whose pid now belongs to another program leaves that program alone', async () => {
    const bystander = spawn('sleep', ['60']);
    const pid = bystander.pid ?? 0;
    const before = await start(dataDirectory);
    const pooler = await startPooler(before);
    await pooler.stop();
    await before.stop();
    for (const name of ['postgres/postmaster.pid', 'pgbouncer/pgbouncer.pid']) {
      writeFileSync(join(dataDirectory, name), `${pid}\n`);
    }
    const postgres = await start(dataDirectory);
    await startPooler(postgres);
    expect(commandLine(pid)).toBe('sleep 60');
    expect(printed).toContainEqual(expect.stringContaining(`pid ${pid} now belongs to another program`));
    bystander.kill();
  });

  test('removing the database stops the servers that a killed run left', async () => {
    const child = startChild(`${startBoth}; setInterval(() => undefined, 1000)`, dataDirectory);
    const left = await pidsOf(child);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await removeDatabase(dataDirectory, print);
    expect(left.filter(isRunning)).toEqual([]);
    expect(existsSync(dataDirectory)).toBe(false);
  });
});
