import { gzipSync } from 'node:zlib';
import { routes } from '../../functions/contract/routes.ts';
import { MARK } from '../support/marked-requests.ts';
import { NASTY_JSON, NASTY_TEXTS } from './nasty-values.ts';
import type { Random } from './random.ts';

/** A request as it is sent: its target and headers are not escaped any further. */
export interface FuzzedRequest {
  method: string;
  path: string;
  query: [string, string][];
  headers: [string, string][];
  body: Buffer;
}

const TICK = '{"timestamp":"2026-11-02T14:30:00Z","symbol":"ES","price":4300.25,"volume":1,"sequence":7}';
const ALERT =
  '{"timestamp":"2026-11-02T14:30:00Z","symbol":"ES","ruleId":1,"triggerValue":1,"thresholdValue":2,"firedStatus":"fired"}';

const BATCHES: readonly (readonly [mediaType: string, body: string])[] = [
  ['application/json', `{"records":[${TICK},${TICK}]}`],
  ['application/x-ndjson', `${TICK}\n${TICK}\n`],
  ['text/csv', 'timestamp,symbol,price,volume\n2026-11-02T14:30:00Z,ES,4300.25,1\n2026-11-02T14:30:01Z,ES,1,\n'],
  ['text/tab-separated-values', 'timestamp\tsymbol\tprice\n2026-11-02T14:30:00Z\tES\t4300.25\n'],
];

/** Valid bodies by route. */
const JSON_BODIES: readonly string[] = [
  '{"ids":[65536,[65537,65539]],"reason":"fuzz","dryRun":true}',
  '{"batchId":1,"reason":"fuzz"}',
  '{"operationId":2,"reason":"fuzz","expectedCount":0}',
  '{"filter":{"symbol":"ES","start":"2026-11-02","end":"2026-11-03"},"reason":"fuzz","batchSize":3}',
  '{"symbols":["ES","NQ"]}',
  '{"instrumentIds":[1,2]}',
];

/** Bodies that change reference data, by path, if their digit is another than before. */
const CHANGES: Readonly<Record<string, string>> = {
  '/v1/instruments/{symbol}': '{"name":"E-mini","type":"future","priceDecimals":#}',
  '/v1/alert-rules/{name}': '{"symbol":"ES","condition":"above","threshold":#}',
  '/v1/instruments': '{"instruments":[{"symbol":"ES","type":"future"},{"symbol":"NQ","priceDecimals":#}]}',
  '/v1/alert-rules': '{"alertRules":[{"name":"ES","symbol":"NQ","condition":"below","threshold":#}]}',
};

/** Conditions that mostly do not hold. */
const CONDITIONS: readonly (readonly [string, string])[] = [
  ['If-Match', '"1"'],
  ['If-None-Match', '*'],
];

const VALUES: Readonly<Record<string, readonly string[]>> = {
  symbol: ['ES', 'NQ'],
  symbols: ['ES,NQ'],
  instrumentId: ['1'],
  instrumentIds: ['1,2'],
  start: ['2026-11-01', '2026-11-02T14:30:00Z', '1793000000000'],
  end: ['2026-11-03', '2026-11-02T14:30:00Z'],
  limit: ['1', '10000'],
  interval: ['1m', '1d'],
  timeZone: ['America/New_York'],
  timeFormat: ['yyyyMMdd HHmmss', 'dd.MM.yyyy HH:mm:ss.SSS', 'd-MMM-yy'],
  columns: ['timestamp=t,price=p', 'timestamp,symbol,price,-', 'timestamp=Date|Time'],
  delimiter: [';', '\t', '|', 'ab'],
  header: ['true', 'false'],
  atomic: ['true', 'false'],
  order: ['asc', 'desc'],
  sequenceOf: ['packet', 'tick'],
  bars: ['1m', '1d'],
  timeUnit: ['s', 'ms', 'us', 'ns'],
  batchSize: ['1', '2'],
  createInstruments: ['false'],
  skipLines: ['1', '100000'],
  onConflict: ['keep', 'replace'],
  reason: ['fuzz'],
  asOf: ['batch:1', 'operation:2', '2026-11-02'],
};

/** The names of the query parameters of all routes. */
const PARAMETERS = [
  ...new Set([
    ...Object.values(routes).flatMap(({ query }) => Object.keys((query as { shape?: object }).shape ?? {})),
    ...Object.keys(VALUES),
  ]),
];

const HEADERS: readonly (readonly [string, readonly string[]])[] = [
  [
    'Content-Type',
    [
      ...BATCHES.map(([mediaType]) => mediaType),
      'text/plain',
      'application/json; charset=utf-16',
      'text/csv; header=absent',
      'multipart/form-data; boundary=x',
      '',
    ],
  ],
  ['Content-Encoding', ['gzip', 'x-gzip', 'identity', 'br', 'gzip, gzip', '']],
  ['Idempotency-Key', ['fuzz-1', 'fuzz-2', 'a'.repeat(255), 'a'.repeat(256), 'a b', '"']],
  ['X-Request-Id', ['fuzz', 'x'.repeat(200)]],
  ['Accept', ['text/csv', '*/*;q=0', 'application/json']],
  ['Accept-Encoding', ['gzip', 'br;q=1, gzip;q=0', '*']],
  ['If-Match', ['*', '"1"', 'W/"1"', '1']],
  ['If-None-Match', ['*', '"1"']],
  ['Range', ['bytes=0-1']],
  ['Host', ['example.com', 'a'.repeat(300), '[::1]']],
  ['Origin', ['null', 'https://example.com']],
  ['X-Forwarded-For', ['1.2.3.4, 5.6.7.8']],
  ['Cookie', ['a=b; c', '=;=']],
];

/** Headers with values that must not appear in any log line. */
const MARKED: readonly (readonly [string, string])[] = [
  ...(['Cookie', 'Referer', 'User-Agent', 'X-Api-Key'] as const).map((name) => [name, MARK] as const),
  ...[['Authorization', `Bearer ${MARK}`] as const, ['Idempotency-Key', `${MARK}-key`] as const],
];

/** A mostly valid request of a random route, with up to four changes, and sometimes with a secret. */
export function generateRequest(random: Random): FuzzedRequest {
  const request = someRequest(random);
  if (random.below(8) === 0) request.headers.push([...random.pick(MARKED)]);
  for (let changes = random.below(5); changes > 0; changes--) random.pick(MUTATIONS)(request, random);
  return request;
}

function someRequest(random: Random): FuzzedRequest {
  const route = random.pick(Object.values(routes));
  const names = Object.keys((route.query as { shape?: object }).shape ?? {});
  const query = names
    .filter(() => random.below(4) === 0)
    .map((name): [string, string] => [name, random.pick(VALUES[name] ?? NASTY_TEXTS)]);
  const request: FuzzedRequest = {
    method: route.method,
    path: route.path.replaceAll(/\{\w+\}/g, () =>
      encodeURIComponent(random.pick(['1', '2', 'ES', '65536', random.pick(NASTY_TEXTS)]).toWellFormed()),
    ),
    query,
    headers: [],
    body: Buffer.alloc(0),
  };
  if (!('body' in route)) return request;
  const isBatch = 'records' in route.body;
  const change = CHANGES[route.path];
  const [mediaType, text] = isBatch ? random.pick(BATCHES) : ['application/json', change ?? random.pick(JSON_BODIES)];
  request.headers.push(['Content-Type', mediaType]);
  const isAlert = route.path.includes('alert-logs') && isBatch;
  request.body = Buffer.from(isAlert ? `{"records":[${ALERT}]}` : text.replace('#', String(random.below(9))));
  if (change !== undefined && random.below(4) === 0) request.headers.push([...random.pick(CONDITIONS)]);
  return request;
}

type Mutation = (request: FuzzedRequest, random: Random) => void;

const changeBytes: Mutation = (request, random) => {
  const bytes = Buffer.from(request.body);
  for (let n = 1 + random.below(4); n > 0 && bytes.length > 0; n--)
    bytes[random.below(bytes.length)] = random.below(256);
  request.body = bytes;
};

/** Replaces one value in the text with another. */
const changeValue: Mutation = (request, random) => {
  const tokens = request.body.toString().split(/([{}[\]:,\n\t])/);
  tokens[random.below(tokens.length)] = random.pick(random.below(2) === 0 ? NASTY_JSON : NASTY_TEXTS);
  request.body = Buffer.from(tokens.join(''));
};

const MUTATIONS: readonly Mutation[] = [
  changeBytes,
  changeValue,
  changeValue,
  changeValue,
  (request, random) => {
    request.body = request.body.subarray(0, random.below(request.body.length + 1));
  },
  (request, random) => {
    const at = random.below(request.body.length + 1);
    request.body = Buffer.concat([
      request.body.subarray(0, at),
      Buffer.from(random.pick(NASTY_TEXTS)),
      request.body.subarray(at),
    ]);
  },
  (request, random) => {
    request.headers.push(['Content-Encoding', 'gzip']);
    request.body = gzipSync(request.body);
    if (random.below(3) === 0) changeBytes(request, random);
  },
  (request, random) => void request.query.push([random.pick(PARAMETERS), random.pick(NASTY_TEXTS)]),
  (request, random) => {
    const name = random.pick(PARAMETERS);
    request.query.push([name, random.pick(VALUES[name] ?? NASTY_TEXTS)]);
  },
  (request, random) => void request.query.push([random.pick(NASTY_TEXTS), random.pick(NASTY_TEXTS)]),
  (request, random) => {
    const [name, values] = random.pick(HEADERS);
    request.headers.push([name, random.pick(values)]);
  },
  (request, random) => {
    const text = random.pick(NASTY_TEXTS).replaceAll(/[\0\r\n]/g, '');
    request.headers.push([random.pick(HEADERS)[0], Buffer.from(text).toString('latin1')]);
  },
  (request, random) => {
    request.method = random.pick(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND']);
  },
  (request, random) => {
    const segments = request.path.split('/');
    const text = random.pick(NASTY_TEXTS);
    const raw = ['%2F', '%00', '%ff', '%', '%C0%AF', '%2e%2e', '', '//', '?', '%3F', ';a=b'];
    segments[1 + random.below(segments.length)] =
      random.below(3) > 0 ? encodeURIComponent(text.toWellFormed()) : random.pick(raw);
    request.path = segments.join('/');
  },
];
