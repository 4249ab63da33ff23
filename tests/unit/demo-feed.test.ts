import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { expect, test, vi } from 'vitest';
import { runDemoFeed } from '../../lib/local/demo-feed.ts';
import { DEMO_INSTRUMENTS, nextPrice } from '../../lib/local/demo-walk.ts';

/** The same numbers at each run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

test.each(DEMO_INSTRUMENTS)('$symbol moves for a day without leaving its usual range', (instrument) => {
  const random = seeded(7);
  const prices: number[] = [instrument.level];
  for (let second = 0; second < 86_400; second += 1) prices.push(nextPrice(instrument, prices.at(-1) ?? 0, random));
  expect(new Set(prices).size).toBeGreaterThan(20);
  const far = instrument.step * 250;
  expect(Math.max(...prices.map((price) => Math.abs(price - instrument.level)))).toBeLessThan(far);
  // TICK and ADD are negative as often as not; nothing else ever is
  if (instrument.level > 0) expect(Math.min(...prices)).toBeGreaterThan(0);
  const steps = prices.map((price) => price / instrument.tick);
  expect(Math.max(...steps.map((step) => Math.abs(step - Math.round(step))))).toBeLessThan(1e-6);
});

test('it sends an hour of history first, then one tick per instrument and second, and a refusal does not end it', async () => {
  const batches: { symbol: string; price: number; timestamp: string }[][] = [];
  const server = createServer(async (request, response) => {
    response.setHeader('content-type', 'application/json');
    if (request.method === 'GET') {
      response.end(
        JSON.stringify({ data: { 1: { symbol: 'ES', price: 5000, timestamp: '2020-01-01T00:00:00Z' }, 2: null } }),
      );
      return;
    }
    batches.push(((await json(request)) as { records: (typeof batches)[number] }).records);
    response.statusCode = batches.length === 2 ? 503 : 200;
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = new AbortController();
  const warnings: string[] = [];
  const feed = runDemoFeed({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    warn: (line) => warnings.push(line),
    signal: stop.signal,
    everyMs: 5,
    random: seeded(1),
  });
  await vi.waitUntil(() => batches.length > 3, { timeout: 30_000 });
  stop.abort();
  await feed;
  server.closeAllConnections();
  server.close();
  const [history, next] = batches;
  expect(history).toHaveLength(720 * 12);
  expect(new Set(history?.map(({ symbol }) => symbol)).size).toBe(12);
  expect(Math.abs((history?.[0]?.price ?? 0) - 5000)).toBeLessThan(10);
  const [first, last] = [history?.at(0), history?.at(-1)].map((tick) => Date.parse(tick?.timestamp ?? ''));
  expect((last ?? 0) - (first ?? 0)).toBe(3_595_000);
  expect(next?.map(({ symbol }) => symbol)).toEqual(DEMO_INSTRUMENTS.map(({ symbol }) => symbol));
  expect(warnings).toEqual([expect.stringContaining("The demo feed's ticks are refused; it continues: 503")]);
});
