import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Faults } from '../../faults/faults.ts';
import { faultsAction } from '../../faults/faults-action.ts';
import { ManualClock } from '../../machine/clock.ts';
import { serveLocalPages } from '../../pages/local-pages.ts';

describe('faults over HTTP', () => {
  let broken: Set<string>;
  let clock: ManualClock;
  let faults: Faults;
  const server = createServer((request, response) =>
    serveLocalPages({
      title: 'A Service',
      pages: { faults: () => faults.list() },
      actions: { faults: faultsAction(faults) },
    })(request, response),
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
      return { lift: async () => void broken.delete(what), details: { what } };
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
      body: {
        fault: 'database-down',
        since: '2026-01-01T00:00:00.000Z',
        until: '2026-01-01T00:01:00.000Z',
        details: { what: 'database' },
      },
    });
    expect([...broken]).toEqual(['database']);
    expect((await send('GET')).body).toHaveLength(1);
    expect(await send('DELETE')).toEqual({ status: 200, body: { lifted: ['database-down'] } });
    expect([...broken]).toEqual([]);
    expect((await send('GET')).body).toEqual([]);
    expect(await send('DELETE')).toEqual({ status: 200, body: { lifted: [] } });
  });

  test('one of two concurrent drills lifts only its own fault', async () => {
    const lift = (name: string) => send('DELETE', undefined, undefined, name);
    await send('POST', { fault: 'database-down' });
    await send('POST', { fault: 'pooler-down' });
    expect(await lift('/database-down')).toEqual({ status: 200, body: { lifted: ['database-down'] } });
    expect([...broken]).toEqual(['pooler']);
    expect(await lift('/database-down')).toEqual({ status: 200, body: { lifted: [] } });
    expect((await lift('/meteorite')).status).toBe(404);
    expect([...broken]).toEqual(['pooler']);
  });

  test('one ends at its own time, whichever others are active', async () => {
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
