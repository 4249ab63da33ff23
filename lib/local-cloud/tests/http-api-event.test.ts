import { gzipSync } from 'node:zlib';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  InvalidFunctionResponse,
  type ReceivedRequest,
  splitTarget,
  toHttpApiEvent,
  toHttpResponse,
} from '../api-gateway/http-api-event.ts';
import { eventBytes, readEvent } from '../lambda/function-event.ts';

const context = {
  routeKey: 'GET /v1/market-data/{id}',
  pathParameters: { id: '7' },
  requestId: 'JKJaXmPLvHcESHA=',
  traceId: 'Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e',
  timeEpochMs: Date.UTC(2024, 1, 9, 8, 7, 6, 543),
};

const REQUEST: ReceivedRequest = {
  method: 'GET',
  target: '/v1/market-data/7',
  httpVersion: '1.1',
  rawHeaders: [],
  remoteAddress: '127.0.0.1',
  localPort: 3000,
  body: Buffer.alloc(0),
};

function eventOf(request: Partial<ReceivedRequest>, pathParameters: Record<string, string> = {}) {
  return readEvent(
    toHttpApiEvent({ ...REQUEST, ...request }, { ...context, pathParameters }),
  ) as APIGatewayProxyEventV2;
}

test('an event has the fields of payload format 2.0 and no others', () => {
  const request: ReceivedRequest = {
    method: 'POST',
    target: '/v1/market-data/7?symbol=BTC',
    httpVersion: '1.1',
    rawHeaders: [
      'Host',
      'api.localhost:3000',
      'User-Agent',
      'curl/8',
      'Content-Type',
      'application/json',
      'Cookie',
      'a=1',
    ],
    remoteAddress: '::ffff:127.0.0.1',
    localPort: 3000,
    body: Buffer.from('{"a":"é"}'),
  };
  expect(readEvent(toHttpApiEvent(request, context))).toStrictEqual({
    version: '2.0',
    routeKey: 'GET /v1/market-data/{id}',
    rawPath: '/v1/market-data/7',
    rawQueryString: 'symbol=BTC',
    cookies: ['a=1'],
    headers: {
      host: 'api.localhost:3000',
      'user-agent': 'curl/8',
      'content-type': 'application/json',
      'content-length': '10',
      'x-amzn-trace-id': 'Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-port': '3000',
      'x-forwarded-proto': 'http',
    },
    queryStringParameters: { symbol: 'BTC' },
    pathParameters: { id: '7' },
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      domainName: 'api.localhost',
      domainPrefix: 'api',
      http: {
        method: 'POST',
        path: '/v1/market-data/7',
        protocol: 'HTTP/1.1',
        sourceIp: '127.0.0.1',
        userAgent: 'curl/8',
      },
      requestId: 'JKJaXmPLvHcESHA=',
      routeKey: 'GET /v1/market-data/{id}',
      stage: '$default',
      time: '09/Feb/2024:08:07:06 +0000',
      timeEpoch: 1707466026543,
    },
    body: '{"a":"é"}',
    isBase64Encoded: false,
  });
});

test('fields that a request does not have are absent, not null', () => {
  const event = eventOf({});
  for (const field of ['cookies', 'queryStringParameters', 'pathParameters', 'body', 'stageVariables']) {
    expect(event).not.toHaveProperty(field);
  }
  expect(event).toMatchObject({ rawQueryString: '', isBase64Encoded: false });
});

describe('headers', () => {
  test('names are in lower case, and repeated headers are joined by a comma', () => {
    const rawHeaders = ['X-Tag', 'a', 'x-tag', 'b', 'X-TAG', 'c, d', '__proto__', 'p'];
    const { headers } = eventOf({ rawHeaders });
    expect(headers['x-tag']).toBe('a,b,c, d');
    expect(Object.entries(headers)).toContainEqual(['__proto__', 'p']);
  });

  test('connection headers are removed, and content-length is the length of the whole body', () => {
    const rawHeaders = ['Connection', 'keep-alive', 'Transfer-Encoding', 'chunked', 'Content-Length', '99', 'TE', 'x'];
    const { headers } = eventOf({ rawHeaders, body: Buffer.from('abc') });
    expect(Object.keys(headers).sort()).toEqual([
      'content-length',
      'x-amzn-trace-id',
      'x-forwarded-for',
      'x-forwarded-port',
      'x-forwarded-proto',
    ]);
    expect(headers['content-length']).toBe('3');
  });

  test('the client is added to x-forwarded-for', () => {
    expect(eventOf({ rawHeaders: ['X-Forwarded-For', '10.0.0.1'] }).headers['x-forwarded-for']).toBe(
      '10.0.0.1,127.0.0.1',
    );
  });

  test('cookies are a separate list and not a header', () => {
    const event = eventOf({ rawHeaders: ['Cookie', 'a=1; b="2;3";c=', 'cookie', 'd=4'] });
    expect(event.cookies).toEqual(['a=1', 'b="2', '3"', 'c=', 'd=4']);
    expect(event.headers).not.toHaveProperty('cookie');
  });
});

describe('the query string', () => {
  test.each<[string, string, Record<string, string> | undefined]>([
    ['/v1', '', undefined],
    ['/v1?', '', undefined],
    ['/v1?a=1&b=2', 'a=1&b=2', { a: '1', b: '2' }],
    ['/v1?a=1&b=2&a=3&a=', 'a=1&b=2&a=3&a=', { a: '1,3,', b: '2' }],
    ['/v1?a', 'a', { a: '' }],
    ['/v1?a=x%20y+z&%62=%2B%26', 'a=x%20y+z&%62=%2B%26', { a: 'x y z', b: '+&' }],
    ['/v1?a=1?b=2', 'a=1?b=2', { a: '1?b=2' }],
    ['/v1?a=%zz', 'a=%zz', { a: '%zz' }],
    ['/v1?start=2024-01-01T00:00:00Z', 'start=2024-01-01T00:00:00Z', { start: '2024-01-01T00:00:00Z' }],
  ])('%s: the raw string is unchanged, parameters are decoded and repeated ones joined', (target, raw, parameters) => {
    const event = eventOf({ target });
    expect(event.rawQueryString).toBe(raw);
    expect(event.queryStringParameters).toEqual(parameters);
  });
});

describe('the path', () => {
  test.each([
    ['/v1/t/7', '/v1/t/7'],
    ['/v1/t/7/?a=1', '/v1/t/7/'],
    ['/v1/t/BTC%20%E2%82%AC', '/v1/t/BTC €'],
    ['http://localhost:3000/v1/t?a=1', '/v1/t'],
    ['http://localhost:3000', '/'],
    ['//v1', '//v1'],
  ])('%s arrives decoded as %s', (target, path) => {
    const event = eventOf({ target });
    expect(event.rawPath).toBe(path);
    expect(event.requestContext.http.path).toBe(path);
  });

  test('is split from the query without being decoded', () => {
    expect(splitTarget('/a%3Fb?c=d#e')).toEqual({ rawPath: '/a%3Fb', rawQueryString: 'c=d' });
    expect(splitTarget('*')).toEqual({ rawPath: '*', rawQueryString: '' });
  });
});

test('an event is as large as the one JSON text that Lambda would receive', () => {
  const texts = ['', 'plain', '"quoted"\\', '\u0000\b\t\n\f\r\u001f\u007f', 'é€😀\u2028', '{"a":[1,2]}\r\n'.repeat(99)];
  const bodies = [...texts.map((text) => Buffer.from(text)), ...[1, 2, 3, 4].map((bytes) => Buffer.alloc(bytes, 0xff))];
  for (const body of bodies) {
    const rawHeaders = ['Content-Type', 'text/csv', 'X-Quote', '"'];
    const request: ReceivedRequest = { ...REQUEST, rawHeaders, body };
    const event = toHttpApiEvent(request, context);
    expect(eventBytes(event, 0)).toBe(Buffer.byteLength(JSON.stringify(readEvent(event))));
  }
});

test('an event is over a limit exactly if its JSON text is', () => {
  const character = fc.oneof(fc.constantFrom('a', '"', '\\', '\n', '\u0001', '\u001f', ' ', '~', 'é'));
  const text = fc.string({ unit: character, maxLength: 200 });
  fc.assert(
    fc.property(text, fc.nat(3), fc.nat(2_000), (body, offset, limit) => {
      // a body may begin anywhere in a buffer
      const bytes = Buffer.from(`${'-'.repeat(offset)}${body}`).subarray(offset);
      const event = { json: '{"body":""}', body: { bytes, encoding: 'utf8' as const } };
      const exact = Buffer.byteLength(JSON.stringify({ body }));
      expect(eventBytes(event, limit) > limit).toBe(exact > limit);
    }),
    { numRuns: 2_000 },
  );
});

describe('the body', () => {
  const json = Buffer.from('{"price":1.5}');

  test.each<[string, string[]]>([
    ['JSON', ['Content-Type', 'application/json']],
    ['JSON with a charset', ['Content-Type', 'Application/JSON; charset=utf-8']],
    ['a +json type', ['Content-Type', 'application/vnd.ticks+json']],
    ['a +xml type', ['Content-Type', 'image/svg+xml']],
    ['XML', ['Content-Type', 'application/xml']],
    ['JavaScript', ['Content-Type', 'application/javascript']],
    ['CSV', ['Content-Type', 'text/csv']],
  ])('%s is text', (_what, rawHeaders) => {
    expect(eventOf({ rawHeaders, body: json })).toMatchObject({ body: '{"price":1.5}', isBase64Encoded: false });
  });

  test.each<[string, string[], Buffer]>([
    ['NDJSON', ['Content-Type', 'application/x-ndjson'], json],
    ['form data', ['Content-Type', 'application/x-www-form-urlencoded'], Buffer.from('a=1')],
    ['an octet stream', ['Content-Type', 'application/octet-stream'], Buffer.from([0, 255, 1])],
    ['no type at all', [], json],
    ['gzipped JSON', ['Content-Type', 'application/json', 'Content-Encoding', 'gzip'], gzipSync(json)],
    ['text with a content encoding', ['Content-Type', 'text/csv', 'Content-Encoding', 'identity'], json],
    ['JSON that is not UTF-8', ['Content-Type', 'application/json'], Buffer.from([0x22, 0xff, 0x22])],
    ['Latin-1 text', ['Content-Type', 'text/plain; charset=iso-8859-1'], Buffer.from('é', 'latin1')],
  ])('%s is base64 and loses no byte', (_what, rawHeaders, body) => {
    const event = eventOf({ rawHeaders, body });
    expect(event.isBase64Encoded).toBe(true);
    expect(Buffer.from(event.body ?? '', 'base64')).toEqual(body);
  });

  test('a byte order mark stays', () => {
    const body = Buffer.from('\uFEFF{}');
    expect(eventOf({ rawHeaders: ['Content-Type', 'application/json'], body }).body).toBe('\uFEFF{}');
  });
});

describe('what the function returns', () => {
  test.each<[string, unknown, string]>([
    ['an object', { ok: true }, '{"ok":true}'],
    ['an object with a body but no statusCode', { body: 'x' }, '{"body":"x"}'],
    ['a list', [1, 2], '[1,2]'],
    ['a string', 'Hello from Lambda!', 'Hello from Lambda!'],
    ['a number', 7, '7'],
    ['nothing', null, 'null'],
  ])('without a statusCode (%s) is the JSON body of a 200', (_what, payload, body) => {
    const response = toHttpResponse(payload);
    expect(response.statusCode).toBe(200);
    expect(response.headers).toEqual({ 'content-type': 'application/json' });
    expect(response.body.toString()).toBe(body);
  });

  test('with a statusCode is read as a response', () => {
    const response = toHttpResponse({
      statusCode: 422,
      headers: { 'Content-Type': 'text/csv', 'X-Count': 3, 'X-Last': true, 'Content-Length': 999, Connection: 'close' },
      cookies: ['a=1; Path=/', 'b=2'],
      body: 'é',
    });
    expect(response).toEqual({
      statusCode: 422,
      headers: { 'content-type': 'text/csv', 'x-count': '3', 'x-last': 'true', 'set-cookie': ['a=1; Path=/', 'b=2'] },
      body: Buffer.from('é'),
    });
  });

  test('base64 is decoded', () => {
    const body = Buffer.from([0, 1, 254, 255]);
    expect(toHttpResponse({ statusCode: 200, body: body.toString('base64'), isBase64Encoded: true }).body).toEqual(
      body,
    );
  });

  test('a body without a content type is application/json, no body has none', () => {
    expect(toHttpResponse({ statusCode: 200, body: '{}' }).headers).toEqual({ 'content-type': 'application/json' });
    expect(toHttpResponse({ statusCode: 204 })).toEqual({ statusCode: 204, headers: {}, body: Buffer.alloc(0) });
  });

  test.each<[string, unknown]>([
    ['a status that is a string', { statusCode: '200' }],
    ['status 0', { statusCode: 0 }],
    ['an interim status', { statusCode: 100 }],
    ['status 600', { statusCode: 600 }],
    ['a body that is an object', { statusCode: 200, body: {} }],
    ['base64 that is none', { statusCode: 200, body: 'n?t', isBase64Encoded: true }],
    ['a header with a line feed', { statusCode: 200, headers: { a: 'b\r\nset-cookie: x=1' } }],
    ['a header name with a space', { statusCode: 200, headers: { 'a b': 'c' } }],
    ['a header that is a list', { statusCode: 200, headers: { a: ['b'] } }],
    ['a cookie with a line feed', { statusCode: 200, cookies: ['a=1\nb'] }],
  ])('%s is refused', (_what, payload) => {
    expect(() => toHttpResponse(payload)).toThrow(InvalidFunctionResponse);
  });
});
