import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RouteName } from '../../functions/contract/endpoints.ts';
import { problem } from '../../functions/contract/problem.ts';
import { methodsOf, routeKey } from '../../functions/contract/route.ts';
import { routes } from '../../functions/contract/routes.ts';
import { acceptedRequests } from '../support/accepted-requests.ts';
import { type Reply, startService, type TestService } from '../support/service.ts';
import { tick } from '../support/ticks.ts';

let service: TestService;
let requests: Record<RouteName, () => Promise<Reply>>;

beforeAll(async () => {
  // all tests read one sample, taken once: a busy machine must not make it stale
  service = await startService({ environment: { PROBE_INTERVAL_SECONDS: '300' } });
  requests = await acceptedRequests(service);
});
afterAll(() => service.stop());

/** The status and code of a response that must be one of our problem documents. */
function refusal(reply: Reply): [number, string] {
  const document = problem.parse(reply.body);
  expect(reply.headers.get('content-type')).toBe('application/problem+json');
  expect([document.status, document.requestId]).toEqual([reply.status, reply.headers.get('x-request-id')]);
  expect(document.type).toContain(document.code);
  return [reply.status, document.code];
}

test.each(Object.keys(routes) as RouteName[])('the response of %s has the schema of the contract', async (name) => {
  const reply = await requests[name]();
  expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'application/json']);
  expect(routes[name].response.parse(reply.body)).toEqual(reply.body);
  expect(reply.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
});

const paths = [...Map.groupBy(Object.values(routes), (route) => route.path)].map(
  ([path, found]) => [path, found.flatMap(methodsOf)] as const,
);

test.each(paths)('another method on %s gets a 405 that lists the allowed ones', async (path, methods) => {
  const others = ['DELETE', 'OPTIONS', 'PUT', 'PATCH'].filter((method) => !methods.some((one) => one === method));
  for (const method of others) {
    const reply = await service.request(method, path.replaceAll(/\{\w+\}/g, '1'), undefined);
    expect([method, ...refusal(reply)]).toEqual([method, 405, 'method_not_allowed']);
    expect(reply.headers.get('allow')?.split(', ').sort()).toEqual([...methods].sort());
  }
});

/** The headers that are the same for a GET and a HEAD; the length of a body with an age in it may change between the two. */
const lastingHeaders = ({ headers }: Reply) =>
  Object.fromEntries(
    [...headers].filter(
      ([name]) => !['apigw-requestid', 'connection', 'content-length', 'date', 'keep-alive'].includes(name),
    ),
  );

test.each(paths.filter(([, methods]) => methods.includes('HEAD')).map(([path]) => path))(
  'a HEAD of %s has the status and the headers of a GET, and no body',
  async (path) => {
    for (const end of ['', '?colour=red']) {
      const target = `${path.replaceAll(/\{\w+\}/g, '1')}${end}`;
      const headers = { 'X-Request-Id': 'same' };
      const [got, head] = [
        await service.get(target, { headers }),
        await service.request('HEAD', target, undefined, { headers }),
      ];
      expect([head.status, head.text, lastingHeaders(head)]).toEqual([got.status, '', lastingHeaders(got)]);
    }
  },
);

test('a HEAD without a matching GET, or without a route, has the status of any other request', async () => {
  const statuses = ['/v1/market-data/deletions', '/v1/nothing'].map(
    async (path) => (await service.request('HEAD', path, undefined)).status,
  );
  expect(await Promise.all(statuses)).toEqual([405, 404]);
});

test.each([
  '/',
  '/v1',
  '/v2/market-data',
  '/v1/market-data/',
  '/v1/market-data/1/2',
  '/v1/instruments/',
  '/v1/INSTRUMENTS',
  '//v1/instruments',
  '/v1/..%2Finstruments',
])('%s gets a 404 problem', async (path) => {
  const response = await fetch(`${service.url}${path}`);
  expect([response.status, problem.parse(await response.json()).code]).toEqual([404, 'route_not_found']);
});

test('an unencoded slash in a symbol gets a 404 that says how to encode it', async () => {
  for (const path of ['/v1/instruments/BTC/USDT', '/v1/alert-rules/over/under']) {
    const reply = await service.put(path, {});
    expect([...refusal(reply), reply.body.detail]).toEqual([404, 'route_not_found', expect.stringContaining('%2F')]);
  }
});

test('X-Request-Id is echoed on success and on every error, and otherwise generated', async () => {
  const headers = { 'X-Request-Id': 'my-id/1:2' };
  for (const path of ['/v1/instruments', '/v1/instruments/NOBODY', '/v1/nothing', '/v1/market-data/x', '/v1/%zz'])
    expect([path, (await service.get(path, { headers })).headers.get('x-request-id')]).toEqual([path, 'my-id/1:2']);
  const refused = [
    await service.post('/v1/market-data', '{', { headers }),
    await service.post('/v1/market-data', 'x'.repeat(7 * 1024 * 1024), { headers }),
    await service.request('DELETE', '/v1/market-data', undefined, { headers }),
  ];
  expect(refused.map((reply) => [reply.status, reply.headers.get('x-request-id')])).toEqual([
    [400, 'my-id/1:2'],
    [413, 'my-id/1:2'],
    [405, 'my-id/1:2'],
  ]);
  for (const unusable of ['has space', 'x'.repeat(129)]) {
    const reply = await service.get('/v1/instruments', { headers: { 'X-Request-Id': unusable } });
    expect(reply.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  }
});

test.each(Object.entries(routes).filter(([, route]) => route.method === 'GET'))(
  'an unknown query parameter of %s is refused by name',
  async (_, route) => {
    const reply = await service.get(`${route.path.replaceAll(/\{\w+\}/g, '1')}?colour=red`);
    expect(refusal(reply)).toEqual([422, 'invalid_request']);
    expect(reply.body.errors).toContainEqual(expect.objectContaining({ path: 'colour', code: 'unknown_field' }));
  },
);

test.each([
  '0',
  '-1',
  '1.5',
  '01',
  '+1',
  '1e3',
  '0x10',
  ' 1',
  '9007199254740992',
  '9007199254740993',
  '99999999999999999999',
  'NaN',
  'x',
  '%00',
  '1%00',
  "1'--",
  '٣',
])('the id %s gets a 422 in every place for an id', async (id) => {
  const places = ['market-data', 'alert-logs'].flatMap((kind) => [
    `/v1/${kind}/${id}`,
    `/v1/${kind}/batches/${id}`,
    `/v1/${kind}/operations/${id}`,
    `/v1/${kind}?instrumentId=${id}`,
    `/v1/${kind}/latest?instrumentIds=1,${id}`,
  ]);
  for (const place of [...places, `/v1/alert-logs?ruleId=${id}`])
    expect([place, ...refusal(await service.get(place))]).toEqual([place, 422, 'invalid_request']);
  const ingest = await service.post(`/v1/market-data?instrumentId=${id}`, { records: [tick({ symbol: undefined })] });
  expect(refusal(ingest)).toEqual([422, 'invalid_request']);
});

test.each(['4294967297', '2147483648', '9007199254740991'])(
  'the id %s, beyond the stored ones, is not found',
  async (id) => {
    const found = async (path: string) => refusal(await service.get(path));
    for (const kind of ['market-data', 'alert-logs']) {
      expect(await found(`/v1/${kind}?instrumentId=${id}`)).toEqual([404, 'instrument_not_found']);
      expect((await found(`/v1/${kind}/${id}`))[0]).toBe(404);
      expect(await found(`/v1/${kind}/batches/${id}`)).toEqual([404, 'batch_not_found']);
      expect(await found(`/v1/${kind}/operations/${id}`)).toEqual([404, 'operation_not_found']);
      const latest = await service.get(`/v1/${kind}/latest?instrumentIds=${id}`);
      expect([latest.status, latest.body.data]).toEqual([200, { [id]: null }]);
    }
  },
);

test.each([
  ['limit=0'],
  ['limit=10001'],
  ['limit='],
  ['limit=1&limit=2'],
  ['start=yesterday'],
  ['start=2026-02-30'],
  ['end=2026-11-02T14:30:00 01:00'],
  ['start=2026-11-02T14:30:00.0000001Z'],
  ['includeDeleted=1'],
  ['includeDeleted=TRUE'],
  ['symbol=ES&instrumentId=1'],
  ['symbol='],
  ['symbol=%00'],
  ['symbol=%FF'],
  ['__proto__=1'],
  ['constructor=1'],
])('GET /v1/market-data?%s gets a 422', async (query) => {
  expect(refusal(await service.get(`/v1/market-data?${query}`))).toEqual([422, 'invalid_request']);
});

test('a path with invalid percent-encoding gets a 400', async () => {
  for (const path of ['/v1/instruments/%', '/v1/instruments/%zz', '/v1/instruments/%ff%fe']) {
    const response = await fetch(`${service.url}${path}`);
    const body = (await response.json()) as { status: number };
    expect([response.status, response.headers.get('content-type'), body.status]).toEqual([
      400,
      'application/problem+json',
      400,
    ]);
  }
});

const jsonBodies = Object.values(routes).filter((route) => 'body' in route && 'json' in route.body);

test.each(jsonBodies.map((route) => [routeKey(route), route] as const))(
  '%s refuses invalid bodies',
  async (_, route) => {
    const send = (body: unknown, headers: Record<string, string> = {}) =>
      service.request(route.method, route.path.replaceAll(/\{\w+\}/g, 'b'), body, { headers });
    const json = { 'content-type': 'application/json' };
    expect(refusal(await send('{"a":'))).toEqual([400, 'malformed_body']);
    expect(refusal(await send('', json))).toEqual([400, 'malformed_body']);
    expect(refusal(await send(undefined))).toEqual([415, 'unsupported_media_type']);
    expect(refusal(await send('{}', { 'content-type': 'text/plain' }))).toEqual([415, 'unsupported_media_type']);
    expect(refusal(await send('{}', { 'content-type': 'application/json; charset=utf-16' }))).toEqual([
      415,
      'unsupported_charset',
    ]);
    expect(refusal(await send('{}', { ...json, 'content-encoding': 'br' }))).toEqual([415, 'unsupported_encoding']);
    expect(refusal(await send('{}', { ...json, 'content-encoding': 'gzip' }))).toEqual([400, 'invalid_encoding']);
    expect(refusal(await send(new Uint8Array([0x7b, 0xff, 0x7d]), json))).toEqual([400, 'invalid_encoding']);
    expect(refusal(await send('{"reason":"a","reason":"b"}', json))).toEqual([400, 'duplicate_key']);
    expect(refusal(await send('{"__proto__":{}}', json))).toEqual([400, 'forbidden_key']);
    for (const body of ['[]', 'null', '1', '"text"', '{"a":1}'])
      expect([body, ...refusal(await send(body, json))]).toEqual([body, 422, 'invalid_request']);
  },
);

test.each(['', 'has space', 'ü', 'x'.repeat(256)])('the idempotency key "%s" is refused', async (key) => {
  const headers = { 'Idempotency-Key': Buffer.from(key).toString('latin1') };
  for (const path of ['/v1/market-data/deletions', '/v1/alert-logs/restorations'])
    expect(refusal(await service.post(path, { ids: [], reason: 'test' }, { headers }))).toEqual([
      422,
      'invalid_request',
    ]);
});

test('a GET of the deletions gets a 405, not a 404 for a tick', async () => {
  for (const path of ['/v1/market-data/deletions', '/v1/alert-logs/restorations']) {
    const reply = await service.get(path);
    expect([...refusal(reply), reply.headers.get('allow')]).toEqual([405, 'method_not_allowed', 'POST']);
  }
});
