import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createClient, createSender, InvalidRecord, PacketError, type SenderOptions } from '../../lib/client/index.ts';
import { SendingWindow } from '../../lib/client/sender/sending-window.ts';
import { openSpool } from '../../lib/client/spool/spool.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tick-store-spool-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
});

type Reply = (batch: Batch) => Response | Error | Promise<Response | Error>;
interface Batch {
  readonly key: string;
  readonly prices: number[];
}

/** A store that responds as the test says; `stored` has a batch once per key, as the real one. */
function fakeStore(reply: Reply = () => receipt()) {
  const stored = new Map<string, number[]>();
  const seen: Batch[] = [];
  const state = { reply, stored, seen, mostAtOnce: 0 };
  let atOnce = 0;
  const fetch = async (_: unknown, init: RequestInit) => {
    atOnce += 1;
    state.mostAtOnce = Math.max(state.mostAtOnce, atOnce);
    const key = new Headers(init.headers).get('idempotency-key') ?? '';
    const lines = String(init.body).trimEnd().split('\n');
    const batch = { key, prices: lines.map((line) => (JSON.parse(line) as { price: number }).price) };
    seen.push(batch);
    const reply = await state.reply(batch);
    atOnce -= 1;
    if (reply instanceof Error) throw reply;
    if (reply.ok) stored.set(key, batch.prices);
    return reply;
  };
  const client = createClient({ url: 'http://store', fetch: fetch as typeof globalThis.fetch });
  return Object.assign(state, { client, allStored: () => [...stored.values()].flat() });
}

const respond = (status: number, body: object, headers = {}) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });
const receipt = (fields = {}) =>
  respond(200, { inserted: 1, rejected: 0, outcomes: { rejected: [] }, rejections: [], ...fields });
const start = (store: { client: SenderOptions['client'] }, options: Partial<SenderOptions> = {}) =>
  createSender({ client: store.client, gzip: false, rows: 2, flushMs: 5, pauseCapMs: 5, ...options });
const tick = (price: number, fields = {}) => ({ timestamp: 1_700_000_000_000 + price, symbol: 'ES', price, ...fields });

describe('a sender', () => {
  test('retries a batch with its key until it is stored, and keeps the order when the store recovers', async () => {
    const down = [respond(503, {}), new TypeError('fetch failed'), respond(429, {}), respond(500, {})];
    const store = fakeStore(() => down.shift() ?? receipt());
    const sender = start(store, { inFlight: 1 });
    for (let price = 0; price < 6; price++) await sender.add(tick(price));
    await sender.flush();
    expect(store.allStored()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(new Set(store.seen.slice(0, 5).map(({ key }) => key)).size).toBe(1);
    await sender.close();
  });

  test('lets its caller wait while too much is in memory', async () => {
    const gate = Promise.withResolvers<void>();
    const store = fakeStore(() => gate.promise.then(() => receipt()));
    const sender = start(store, { bufferedRows: 4 });
    const added = [0, 1, 2, 3, 4].map((price) => sender.add(tick(price)));
    expect(added.map((promise) => promise === undefined)).toEqual([true, true, true, true, false]);
    gate.resolve();
    await added[4];
    await sender.flush();
    expect(store.allStored()).toHaveLength(5);
    await sender.close();
  });

  test('refuses a record with a number that JSON cannot represent, and sends the others', async () => {
    const store = fakeStore();
    const sender = start(store);
    expect(() => sender.add(tick(Number.NaN))).toThrow(InvalidRecord);
    await sender.add(tick(1));
    await sender.flush();
    expect(store.allStored()).toEqual([1]);
    await sender.close();
  });

  test('keeps a packet in one batch, however long it is, and refuses later parts once it was sent', async () => {
    const store = fakeStore();
    const sender = start(store, { query: { sequenceOf: 'packet' } as never });
    const packet = { timestamp: 5, sequence: 1 };
    for (let price = 0; price < 5; price++) await sender.add(tick(price, packet));
    await sender.add(tick(9));
    await sender.flush();
    expect(store.seen.map(({ prices }) => prices)).toContainEqual([0, 1, 2, 3, 4]);
    expect(() => sender.add(tick(5, packet))).toThrow(PacketError);
    await sender.close();
  });

  test('keeps its records while it is not authorised, or while something else responds instead of the store', async () => {
    const page = new Response('<html>', { headers: { 'content-type': 'text/html' } });
    const replies = [
      respond(403, { message: 'Forbidden' }),
      respond(401, {}),
      respond(404, { message: 'Not Found' }),
      page,
    ];
    const store = fakeStore(() => replies.shift() ?? receipt());
    const sender = start(store, { inFlight: 1 });
    await sender.add(tick(1));
    await sender.flush();
    expect(store.allStored()).toEqual([1]);
    await sender.close();
  });

  test('has no more batches in flight than allowed', async () => {
    const store = fakeStore(() => sleep(2).then(() => receipt()));
    const sender = start(store, { inFlight: 3 });
    for (let price = 0; price < 60; price++) await sender.add(tick(price));
    await sender.flush();
    expect(store.mostAtOnce).toBe(3);
    expect(new Set(store.allStored()).size).toBe(60);
    await sender.close();
  });
});

describe('the limit of batches in flight', () => {
  test('grows by one batch per round of successes, up to its limit', () => {
    const window = new SendingWindow(4);
    const sizes = Array.from({ length: 8 }, () => {
      window.succeeded();
      return window.size;
    });
    expect(sizes).toEqual([2, 2, 3, 3, 3, 4, 4, 4]);
  });

  test('is halved once for batches that are throttled together, but never below one', () => {
    const window = new SendingWindow(16);
    for (let n = 0; n < 200; n++) window.succeeded();
    expect(window.size).toBe(16);
    window.throttled(10, 20);
    window.throttled(11, 21);
    expect(window.size).toBe(8);
    for (let at = 30; at < 100; at += 10) window.throttled(at, at + 1);
    expect(window.size).toBe(1);
  });
});

describe('a spool', () => {
  const spooled = (store: { client: SenderOptions['client'] }, options: Partial<SenderOptions> = {}) =>
    start(store, { queue: openSpool({ directory }), ...options });

  test('keeps what could not be sent, and the next process sends it first, in order and with the same keys', async () => {
    const away = fakeStore(() => new TypeError('fetch failed'));
    const before = spooled(away);
    for (let price = 0; price < 5; price++) before.add(tick(price));
    await vi.waitFor(() => expect(away.seen).not.toEqual([]), { timeout: 10_000 });
    expect(await before.close({ timeoutMs: 20 })).toEqual({ unsentRows: 5 });

    const store = fakeStore();
    const after = spooled(store, { inFlight: 1 });
    after.add(tick(5));
    await after.flush();
    expect(store.allStored()).toEqual([0, 1, 2, 3, 4, 5]);
    const keys = away.seen.map(({ key }) => key);
    expect(store.seen.slice(0, 1).map(({ key }) => keys.includes(key))).toEqual([true]);
    expect(await after.close()).toEqual({ unsentRows: 0 });
    expect(readdirSync(directory)).toEqual([]);
  });

  test('fills its parts while the store is unavailable', async () => {
    const away = fakeStore(() => respond(503, {}, { 'retry-after': '3600' }));
    const sender = spooled(away, { rows: 1000 });
    sender.add(tick(0));
    await vi.waitFor(() => expect(away.seen).toHaveLength(1), { timeout: 10_000 });
    for (let price = 1; price < 50; price++) {
      sender.add(tick(price));
      await sleep(1);
    }
    expect(sender.stats().pendingBatches).toBe(1);
    await sender.close({ timeoutMs: 1 });
  });

  test('belongs to one process, and the lock of a killed process blocks nobody', async () => {
    writeFileSync(join(directory, 'lock'), String(process.ppid));
    expect(() => openSpool({ directory })).toThrow(`process ${process.ppid} uses the spool`);
    const { pid } = spawnSync(process.execPath, ['--version']);
    writeFileSync(join(directory, 'lock'), String(pid));
    const spool = openSpool({ directory });
    expect(readFileSync(join(directory, 'lock'), 'utf8')).toBe(String(process.pid));
    await spool.close();
  });

  test('drops a line that a power failure cut off, which was never acknowledged', async () => {
    writeFileSync(join(directory, '000001700000000-abcdefgh-000000001.ndjson'), `${JSON.stringify(tick(1))}\n{"pri`);
    const store = fakeStore();
    const sender = spooled(store);
    await sender.flush();
    expect(store.allStored()).toEqual([1]);
    await sender.close();
  });

  test('has a size limit, and keeps what it has', async () => {
    const store = fakeStore(() => new TypeError('fetch failed'));
    const sender = start(store, { queue: openSpool({ directory, maxBytes: 100 }) });
    sender.add(tick(1));
    expect(() => {
      for (let price = 2; price < 9; price++) sender.add(tick(price));
    }).toThrow(/its limit is 100/);
    expect((await sender.close({ timeoutMs: 1 })).unsentRows).toBe(1);
  });

  test('keeps rejected records, with the reason, and refused batches separately', async () => {
    const rejection = { index: 1, path: 'price', code: 'not_finite', message: 'must be finite' };
    const replies = [
      receipt({ rejected: 1, outcomes: { rejected: [[1, 1]] }, rejections: [rejection] }),
      respond(422, { code: 'invalid_request', category: 'validation', title: 'no such instrument' }),
    ];
    const store = fakeStore(() => replies.shift() ?? receipt());
    const sender = spooled(store, { inFlight: 1 });
    for (let price = 0; price < 4; price++) sender.add(tick(price));
    await sender.flush();
    await sender.close();
    const rejected = JSON.parse(readFileSync(join(directory, 'rejected.jsonl'), 'utf8'));
    expect(rejected).toMatchObject({ code: 'not_finite', record: JSON.stringify(tick(1)) });
    expect(readdirSync(join(directory, 'refused')).map((name) => name.replace(/^[^.]+/, ''))).toEqual(
      expect.arrayContaining(['.ndjson', '.problem.json']),
    );
  });
});
