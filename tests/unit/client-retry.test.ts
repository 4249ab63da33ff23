import { describe, expect, test } from 'vitest';
import { createClient, TickStoreProblem, TickStoreUnreachable } from '../../lib/client/index.ts';
import { pauseMs } from '../../lib/client/requests/retry.ts';

const FAST = { baseMs: 1, capMs: 2 };

/** A store that gives these responses, one per request, and keeps what it was sent. */
function scripted(...replies: (Response | Error)[]) {
  const requests: { url: string; headers: Headers; body: unknown; signal: AbortSignal }[] = [];
  const fetch = async (url: unknown, init: RequestInit = {}) => {
    requests.push({
      url: String(url),
      headers: new Headers(init.headers),
      body: init.body,
      signal: init.signal as AbortSignal,
    });
    const reply = replies.shift();
    if (reply === undefined) throw new Error('one request too many');
    if (reply instanceof Error) throw reply;
    return reply;
  };
  return {
    requests,
    client: createClient({ url: 'http://store', retry: FAST, fetch: fetch as typeof globalThis.fetch }),
  };
}

const json = (body: object, status = 200, headers = {}) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });
const problem = (status: number, code: string, headers = {}) =>
  json({ code, title: 'T', detail: 'D', status }, status, { 'content-type': 'application/problem+json', ...headers });
const records = { body: { records: [] } };

describe('a call', () => {
  test('is retried with one key until it succeeds', async () => {
    const { client, requests } = scripted(
      problem(503, 'pool_exhausted'),
      new TypeError('fetch failed'),
      problem(409, 'request_in_progress'),
      json({ message: 'Internal Server Error' }, 500),
      json({ batchId: 1 }),
    );
    expect(await client.call('ingestMarketData', records)).toEqual({ batchId: 1 });
    const keys = requests.map(({ headers }) => headers.get('idempotency-key'));
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('has another key than the next', async () => {
    const { client, requests } = scripted(json({}), json({}));
    await client.call('ingestMarketData', records);
    await client.call('ingestMarketData', records);
    expect(new Set(requests.map(({ headers }) => headers.get('idempotency-key'))).size).toBe(2);
  });

  test('that only reads has no key', async () => {
    const { client, requests } = scripted(json({ data: [] }));
    await client.call('listMarketData', { query: { symbol: 'A B+C', limit: 2 } });
    expect(requests[0]?.headers.has('idempotency-key')).toBe(false);
    expect(requests[0]?.url).toBe('http://store/v1/market-data?symbol=A%20B%2BC&limit=2');
  });

  test.each([
    [400, 'malformed_body'],
    [401, 'unauthenticated'],
    [409, 'idempotency_key_reused'],
    [422, 'invalid_request'],
  ])('is not retried after %i %s, and the problem is typed', async (status, code) => {
    const { client, requests } = scripted(problem(status, code, { 'x-request-id': 'r1' }));
    const error = await client.call('ingestMarketData', records).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TickStoreProblem);
    expect(error).toMatchObject({ status, code, requestId: 'r1', message: 'T: D' });
    expect(requests).toHaveLength(1);
  });

  test('gives up after its attempts, with the last error', async () => {
    const down = new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
    const { client, requests } = scripted(down, down);
    const call = client.call('getConfig', { retry: { attempts: 2 } });
    await expect(call).rejects.toThrow(TickStoreUnreachable);
    await expect(call).rejects.toThrow('GET http://store/v1/config: connect ECONNREFUSED');
    expect(requests).toHaveLength(2);
  });

  test('ends at once when it is aborted, even in a pause', async () => {
    const abort = new AbortController();
    const { client } = scripted(problem(503, 'pool_exhausted', { 'retry-after': '3600' }));
    const call = client.call('getConfig', { signal: abort.signal });
    setTimeout(() => abort.abort(new Error('enough')), 5);
    await expect(call).rejects.toThrow('enough');
  });

  test('reports a response that comes from something in front of the store', async () => {
    const page = new Response('<html>', { status: 200, headers: { 'content-type': 'text/html' } });
    await expect(scripted(page).client.call('getConfig', {})).rejects.toThrow('not a Tick Store');
    const gateway = scripted(json({ message: 'Forbidden' }, 403));
    await expect(gateway.client.call('getConfig', {})).rejects.toMatchObject({
      code: 'http_403',
      message: 'Forbidden',
    });
  });

  test('returns the health of an unhealthy store as a response', async () => {
    const { client } = scripted(json({ status: 'critical' }, 503));
    expect(await client.reply('getHealth', {})).toMatchObject({ status: 503, body: { status: 'critical' } });
  });
});

describe('the pause before another attempt', () => {
  const policy = { attempts: 9, baseMs: 100, capMs: 1000 };
  const asks = new TickStoreProblem(503, {}, new Headers({ 'retry-after': '7' }));

  test('is a random share of a bound that doubles up to a maximum', () => {
    expect([1, 2, 3, 9].map((failures) => pauseMs(failures, undefined, policy, () => 1))).toEqual([
      100, 200, 400, 1000,
    ]);
    expect(pauseMs(3, undefined, policy, () => 0.25)).toBe(100);
  });

  test('is never shorter than Retry-After, and differs between clients', () => {
    expect(pauseMs(1, asks, policy, () => 0)).toBe(7000);
    expect(pauseMs(1, asks, policy, () => 0.5)).toBe(7050);
  });
});
