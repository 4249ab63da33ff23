import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readConfig } from '../../../config/schema.ts';
import { appliesTo } from '../../../drills/drill.ts';
import { drillsFor } from '../../../drills/drills.ts';
import { readRunning, writeRunning } from '../../../local/running-file.ts';
import { ManualClock } from '../../machine/clock.ts';
import { Faults, faultsAction } from '../../faults/faults.ts';
import { serveLocalPages } from '../../pages/local-pages.ts';

describe('faults over HTTP', () => {
  let broken: Set<string>;
  let clock: ManualClock;
  let faults: Faults;
  const server = createServer((request, response) =>
    serveLocalPages({ pages: { faults: () => faults.list() }, actions: { faults: faultsAction(faults) } })(
      request,
      response,
    ),
  );
  let url: string;

  beforeAll(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/_local/faults`;
  });
  afterAll(() => void server.close());
  beforeEach(() => {
    broken = new Set();
    clock = new ManualClock(Date.UTC(2026, 0, 1));
    const breaking = (what: string) => () => {
      broken.add(what);
      return async () => void broken.delete(what);
    };
    const inject = {
      'database-down': breaking('database'),
      'pooler-down': breaking('pooler'),
      'dead-probe': () => {
        throw new Error('there is no schedule');
      },
    };
    faults = new Faults(inject, clock, () => undefined);
  });

  const send = async (method: string, body?: unknown, contentType = 'application/json', name = '') => {
    const response = await fetch(`${url}${name}`, {
      method,
      ...(body === undefined ? {} : { headers: { 'content-type': contentType }, body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as unknown };
  };

  test('one is injected, listed and lifted', async () => {
    expect(await send('POST', { fault: 'database-down', seconds: 60 })).toEqual({
      status: 201,
      body: { fault: 'database-down', since: '2026-01-01T00:00:00.000Z', until: '2026-01-01T00:01:00.000Z' },
    });
    expect([...broken]).toEqual(['database']);
    expect((await send('GET')).body).toHaveLength(1);
    expect(await send('DELETE')).toEqual({ status: 200, body: { lifted: ['database-down'] } });
    expect([...broken]).toEqual([]);
    expect((await send('GET')).body).toEqual([]);
    expect(await send('DELETE')).toEqual({ status: 200, body: { lifted: [] } });
  });

  test('one of two drills at once lifts its own fault alone', async () => {
    const lift = (name: string) => send('DELETE', undefined, undefined, name);
    await send('POST', { fault: 'database-down' });
    await send('POST', { fault: 'pooler-down' });
    expect(await lift('/database-down')).toEqual({ status: 200, body: { lifted: ['database-down'] } });
    expect([...broken]).toEqual(['pooler']);
    expect(await lift('/database-down')).toEqual({ status: 200, body: { lifted: [] } });
    expect((await lift('/meteorite')).status).toBe(404);
    expect([...broken]).toEqual(['pooler']);
  });

  test('one ends at its own time, whatever else is there', async () => {
    await send('POST', { fault: 'database-down', seconds: 60 });
    await send('POST', { fault: 'pooler-down', seconds: 120 });
    await clock.advance(60_000);
    expect([...broken]).toEqual(['pooler']);
    await clock.advance(60_000);
    expect([...broken]).toEqual([]);
  });

  test('one that nobody lifts ends by itself', async () => {
    await send('POST', { fault: 'database-down', seconds: 60 });
    await send('POST', { fault: 'pooler-down', seconds: 60 });
    await clock.advance(59_999);
    expect([...broken]).toEqual(['database', 'pooler']);
    await clock.advance(1);
    expect([...broken]).toEqual([]);
  });

  test.each([
    [409, { fault: 'dead-probe' }, 'application/json'],
    [415, { fault: 'database-down' }, 'text/plain'],
    [422, { fault: 'meteorite' }, 'application/json'],
    [422, { fault: 'database-down', seconds: 0 }, 'application/json'],
    [422, { fault: 'database-down', filler: 'x'.repeat(2000) }, 'application/json'],
  ])('%d for %.60j as %s', async (status, body, contentType) => {
    expect(await send('POST', body, contentType)).toMatchObject({ status, body: { problem: expect.any(String) } });
    expect([...broken]).toEqual([]);
  });

  test('the same one twice is refused, and any other method', async () => {
    await send('POST', { fault: 'database-down' });
    expect((await send('POST', { fault: 'database-down' })).status).toBe(409);
    expect((await send('PUT', {})).status).toBe(405);
  });
});

describe('the file by which a running service is found', () => {
  const directory = mkdtempSync(join(tmpdir(), 'tick-store-running-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const addresses = {
    url: 'http://127.0.0.1:1',
    backend: 'proxy' as const,
    ownerUrl: 'postgres://o:secret@127.0.0.1:2/tick_store',
    appUrl: 'postgres://a:secret@127.0.0.1:3/tick_store',
    adminUrl: 'postgres://s:secret@127.0.0.1:3/pgbouncer',
  };

  test('is for its owner alone, found where root has moved the files, and gone afterwards', () => {
    const remove = writeRunning(directory, addresses);
    expect(statSync(join(directory, 'running.json')).mode & 0o777).toBe(0o600);
    const asked = join(directory, 'asked');
    expect(() => readRunning(asked)).toThrow(`No Tick Store runs on ${asked}: start it with npm start`);
    const other = mkdtempSync(join(directory, 'other-'));
    symlinkSync(directory, join(other, 'moved-to'));
    for (const place of [directory, other])
      expect(readRunning(place)).toEqual({ process: expect.objectContaining({ pid: process.pid }), ...addresses });
    remove();
    expect(() => readRunning(directory)).toThrow('No Tick Store runs on');
  });
});

test('a fault of the pooler is for a service whose functions go through one', () => {
  const names = drillsFor(readConfig({})).filter((drill) => !appliesTo(drill, 'data-api'));
  expect(names.map(({ name }) => name)).toEqual(['pooler-down', 'pool-exhaustion']);
  for (const backend of ['proxy', 'neon', 'postgres'] as const)
    expect(drillsFor(readConfig({})).every((drill) => appliesTo(drill, backend))).toBe(true);
});
