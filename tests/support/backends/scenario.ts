import { alert } from '../records.ts';
import type { Reply, TestService } from '../service.ts';
import { tick, ticks } from '../ticks.ts';

/** A request and its response, without what differs between two runs on the same backend. */
export interface Exchange {
  readonly request: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Sends every kind of request, each after those that it depends on. Returns all exchanges, in order. */
export async function runScenario(service: TestService): Promise<Exchange[]> {
  const exchanges: Exchange[] = [];
  const normalise = normaliser();
  const ask = async (
    method: string,
    path: string,
    body?: unknown,
    options: { query?: Record<string, string | number | boolean>; headers?: Record<string, string> } = {},
    // biome-ignore lint/suspicious/noExplicitAny: the scenario looks into responses without restating their types
  ): Promise<any> => {
    const reply = await service.request(method, path, body, options);
    const { 'Idempotency-Key': key } = options.headers ?? {};
    const request = [method, normalise.path(path), JSON.stringify(normalise.value(options.query ?? {})), key].join(' ');
    exchanges.push({ request, status: reply.status, headers: headersOf(reply), body: normalise.value(reply.body) });
    return reply.body;
  };
  const key = (name: string) => ({ headers: { 'Idempotency-Key': name } });

  // reference data
  await ask('PUT', '/v1/instruments/CL', { name: 'Crude é 𝄞 "oil" \\', type: 'future', priceDecimals: 2 });
  await ask('PUT', '/v1/instruments/CL', { name: 'Crude', type: 'future' });
  await ask('PUT', '/v1/instruments/CL', { nme: 'x' });
  await ask('GET', '/v1/instruments');
  await ask('GET', '/v1/instruments/NONE');
  const rule = await ask('PUT', '/v1/alert-rules/high', { symbol: 'CL', condition: 'above', threshold: 80.5 });
  await ask('PUT', '/v1/alert-rules/no', { symbol: 'NONE', condition: 'above', threshold: 1 });
  await ask('GET', '/v1/alert-rules');

  // texts that a layer in between may interpret
  for (const [index, name] of TRICKY.entries())
    await ask('PUT', `/v1/instruments/TRICKY.${index}`, { name, type: 'forex' });
  await ask('GET', '/v1/instruments');
  for (const name of UNSTORABLE) await ask('PUT', '/v1/instruments/UNSTORABLE', { name });
  for (const symbol of [...TRICKY, ...UNSTORABLE])
    await ask('GET', '/v1/market-data', undefined, { query: { symbol, limit: 1 } });

  // batches of every outcome
  const plain = await ask('POST', '/v1/market-data', { records: EXTREMES }, key('extremes'));
  await ask('POST', '/v1/market-data', { records: EXTREMES }, key('extremes'));
  await ask('POST', '/v1/market-data', { records: EXTREMES.slice(1) }, key('extremes'));
  const sequenced = await ask('POST', '/v1/market-data', { records: SEQUENCED });
  await ask('POST', '/v1/market-data/deletions', { ids: [sequenced.firstId + 1], reason: 'wrong' }, key('one'));
  const again = [
    SEQUENCED[0],
    SEQUENCED[1],
    { ...SEQUENCED[2], price: 0 },
    tick({ symbol: 'CL', sequence: 99 }),
    { symbol: 'CL', price: 'x' },
    tick({ symbol: 'NOBODY' }),
  ];
  await ask('POST', '/v1/market-data', { records: again });
  await ask('POST', '/v1/market-data', { records: again }, { query: { atomic: true } });
  await ask('POST', '/v1/market-data', { records: [{}, { symbol: 'CL', volume: -1 }] });
  await ask('POST', '/v1/market-data', { records: [] });
  await ask('POST', '/v1/market-data', { records: ticks(250, { symbol: 'NQ' }) }, { query: { batchSize: 7 } });
  await ask('GET', `/v1/market-data/batches/${plain.batchId}`);
  await ask('GET', '/v1/market-data/batches/987654321');

  const edges = EDGES.map((fields, i) =>
    tick({ symbol: 'TRICKY.1', timestamp: `2026-11-02T14:30:00.00000${i % 10}Z`, ...fields }),
  );
  const kept = await ask('POST', '/v1/market-data', { records: edges });
  await ask('POST', '/v1/market-data', { records: edges });
  await ask('GET', '/v1/market-data', undefined, { query: { symbol: 'TRICKY.1' } });
  for (const reason of [...TRICKY, ...UNSTORABLE])
    await ask('POST', '/v1/market-data/deletions', { ids: [kept.firstId], reason });
  await ask('GET', '/v1/market-data/operations');

  // reads
  for (const query of [
    { symbol: 'ES' },
    { symbol: 'CL', includeDeleted: true },
    { symbol: 'NQ', start: '2026-11-02T14:31:00Z', end: '2026-11-02T14:31:05Z' },
    { limit: 3 },
    { symbol: 'NONE' },
    { limit: 0 },
  ] as Record<string, string | number | boolean>[])
    await ask('GET', '/v1/market-data', undefined, { query });
  let cursor: string | null = null;
  do {
    const query: Record<string, string | number> = { symbol: 'NQ', limit: 60, ...(cursor === null ? {} : { cursor }) };
    const page: { nextCursor: string | null } = await ask('GET', '/v1/market-data', undefined, { query });
    cursor = page.nextCursor;
  } while (cursor !== null);
  await ask('GET', '/v1/market-data/latest', undefined, { query: { symbols: 'ES,CL,NQ,NONE' } });
  await ask('GET', `/v1/market-data/${plain.firstId}`);
  await ask('GET', `/v1/market-data/${plain.firstId + 60_000}`);

  // operations
  const filter = { symbol: 'NQ', start: '2026-11-02T14:30:00Z', end: '2026-11-02T14:32:00Z' };
  await ask('POST', '/v1/market-data/deletions', { filter, reason: 'dry', dryRun: true });
  await ask('POST', '/v1/market-data/deletions', { filter, reason: 'x', expectedCount: 1 });
  const deletion = await ask('POST', '/v1/market-data/deletions', { filter, reason: 'bad feed' }, key('feed'));
  await ask('POST', '/v1/market-data/deletions', { filter, reason: 'bad feed' }, key('feed'));
  await ask('POST', '/v1/market-data/deletions', { filter, reason: 'other' }, key('feed'));
  await ask('POST', '/v1/market-data/deletions', { batchId: sequenced.batchId, reason: 'all of it' });
  await ask('POST', '/v1/market-data/restorations', { ids: [sequenced.firstId, 5], reason: 'kept' });
  await ask('POST', '/v1/market-data/restorations', { operationId: deletion.operationId, reason: 'undo' });
  await ask('POST', '/v1/market-data/restorations', { operationId: 123_456, reason: 'undo' });
  await ask('POST', '/v1/market-data/restorations', { reason: 'nothing' });
  await ask('GET', `/v1/market-data/operations/${deletion.operationId}`);
  await ask('GET', '/v1/market-data/operations');

  // alert logs
  const logs = [
    alert(rule.id, { symbol: 'CL', alertMessage: 'é "quoted" \\ 𝄞 {x}', triggerValue: 1e-7 }),
    alert(rule.id, { symbol: 'CL', timestamp: '2026-10-01T00:00:00.000001Z', errorMessage: '' }),
    alert(rule.id + 1000, { symbol: 'CL' }),
  ];
  const tricky = TRICKY.map((alertMessage, i) =>
    alert(rule.id, { symbol: 'TRICKY.0', alertMessage, errorMessage: alertMessage, triggerValue: i }),
  );
  await ask('POST', '/v1/alert-logs', { records: tricky }, { query: { atomic: true } });
  const unstorable = UNSTORABLE.map((alertMessage) => alert(rule.id, { symbol: 'TRICKY.0', alertMessage }));
  await ask('POST', '/v1/alert-logs', { records: [...unstorable, alert(rule.id, { symbol: 'TRICKY.0' })] });
  await ask('GET', '/v1/alert-logs', undefined, { query: { symbol: 'TRICKY.0' } });
  const logged = await ask('POST', '/v1/alert-logs', { records: logs });
  await ask('GET', '/v1/alert-logs', undefined, { query: { symbol: 'CL' } });
  await ask('GET', '/v1/alert-logs/latest', undefined, { query: { symbols: 'CL' } });
  await ask('POST', '/v1/alert-logs/deletions', { ids: [logged.firstId], reason: 'noise' });
  await ask('GET', `/v1/alert-logs/${logged.firstId}`);
  return exchanges;
}

const EXTREMES = [
  tick({ price: 0.1, volume: 5e-324, bid: 1.7976931348623157e308, ask: -1.7976931348623157e308 }),
  tick({ price: 1e21, bid: -0, ask: 1e-7, timestamp: '1970-01-01T00:00:00.000000Z' }),
  tick({ price: null, volume: 2 ** 53, timestamp: '2012-02-29T23:59:59.999999Z' }),
  tick({ bidSize: 3, askSize: 4, openPrice: 1, highPrice: 2, lowPrice: 0.5 }),
];
/** Characters with a meaning in SQL, in the drivers' placeholders and literals, in JSON, CSV and COPY; and bidirectional text. */
export const TRICKY = [
  ...[
    'null',
    'NULL',
    '{}',
    '{1,2}',
    '{"a"',
    '"',
    '\\',
    '\\\\"',
    '\\N',
    '\\.',
    "'",
    "''",
    "'; --",
    '$1',
    '$$',
    '$q$',
    '?',
    '??',
  ],
  ...[
    ':name',
    ':p1',
    '::int',
    ':piece',
    '/*',
    '*/',
    '--',
    "E'\\n'",
    "U&'\\0041'",
    '%s',
    '\\x00ff',
    '\\u0000',
    'a,b',
    '\t|',
    'x\r\ny',
  ],
  ...[
    '\u0001',
    '\u2028',
    '\ufeffx',
    '\u202eright',
    'مرحبا',
    '👩‍👩‍👧',
    '𝄞',
    'e\u0301',
    '\uffff',
    '0',
    'true',
    '-0',
    'NaN',
  ],
];
/** Texts that Postgres cannot store. */
const UNSTORABLE = ['\0', 'a\0b', '\ud800', 'a\udc00b', '\udc00\ud800'];
const EDGES = [
  { sequence: 0 },
  { sequence: -1 },
  { sequence: Number.MIN_SAFE_INTEGER },
  { sequence: 2 ** 53 },
  { sequence: 1.5 },
  { sequence: 1, price: 2 ** 53 + 2, volume: 2 ** 63, bid: -(2 ** 53) },
  { sequence: 2, price: -0, bid: 2.2250738585072014e-308, ask: -5e-324 },
  { sequence: 3, price: 123456789012345680, volume: 1e308, bid: 4.35, ask: 1 / 3 },
  { sequence: 4, timestamp: 0 },
  { sequence: 5, timestamp: -1 },
  { sequence: 6, timestamp: '1969-12-31T23:59:59.999999Z' },
  { sequence: 7, timestamp: '2024-02-29T23:59:59.123456+14:00' },
  { sequence: 8, timestamp: '2999-01-01T00:00:00Z' },
];
const SEQUENCED = [1, 2, Number.MAX_SAFE_INTEGER].map((sequence) =>
  tick({ symbol: 'CL', sequence, price: sequence / 3 }),
);

/** The headers that describe the response itself. */
function headersOf({ headers }: Reply): Record<string, string> {
  const incidental = new Set([
    'date',
    'x-request-id',
    'apigw-requestid',
    'content-length',
    'connection',
    'keep-alive',
    'etag',
  ]);
  return Object.fromEntries([...headers].filter(([name]) => !incidental.has(name)));
}

/**
 * Makes ids, current times and opaque texts comparable. An id becomes the order in which its batch was first seen, because a
 * backend that retries uses more of the ledger's numbers.
 */
function normaliser() {
  const seen = new Map<string, number>();
  const ordinal = (kind: string, value: number) => {
    const known = [...seen.keys()].filter((name) => name.startsWith(kind)).length;
    const name = `${kind} ${value}`;
    if (!seen.has(name)) seen.set(name, known);
    return `${kind} #${seen.get(name)}`;
  };
  const id = (of: number) => `${ordinal('batch', Math.floor(of / 65_536))}+${of % 65_536}`;
  const number = (of: number, name: string, inArray: boolean): unknown => {
    if (inArray && ['ids', 'affected', 'unchanged', 'notFound'].includes(name)) return id(of);
    if (name === 'id') return of < 65_536 ? ordinal('id', of) : id(of);
    if (name === 'firstId') return id(of);
    if (name === 'batchId') return ordinal('batch', of);
    if (name === 'operationId' || name === 'deletedBy') return ordinal('operation', of);
    return name === 'instrumentId' || name === 'ruleId' ? ordinal(name, of) : of;
  };
  const path = (of: string) =>
    of.replace(/([a-z-]+)\/(\d+)$/, (_, collection: string, digits: string) => {
      const kind = { batches: 'batch', operations: 'operation' }[collection];
      return `${collection}/${kind === undefined ? id(Number(digits)) : ordinal(kind, Number(digits))}`;
    });
  const value = (of: unknown, name = '', inArray = false): unknown => {
    if (Array.isArray(of)) return of.map((item) => value(item, name, true));
    if (typeof of === 'number') return number(of, name, inArray);
    if (typeof of === 'string') {
      if (name === 'nextCursor' || name === 'cursor' || name === 'requestId') return `<${name}>`;
      if (name === 'instance') return path(of);
      return isNow(of) ? '<now>' : of;
    }
    if (typeof of !== 'object' || of === null) return of;
    return Object.fromEntries(Object.entries(of).map(([key, item]) => [key, value(item, key)]));
  };
  return { value, path };
}

const isNow = (text: string): boolean =>
  /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text) && Math.abs(Date.parse(text) - Date.now()) < 3_600_000;
