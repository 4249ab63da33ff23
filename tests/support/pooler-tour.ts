import { createRouteMatcher, readEvent, splitTarget, toHttpApiEvent, toHttpResponse } from '@tick-store/local-cloud';
import type { Context } from 'aws-lambda';
import { expect } from 'vitest';
import { endpoints } from '../../functions/contract/endpoints.ts';
import { routeKey } from '../../functions/contract/route.ts';
import { PostgresDatabase } from '../../functions/database/drivers/postgres/postgres-database.ts';
import { countOperation } from '../../functions/operations/count-operation.ts';
import {
  failOperation,
  findRunningOperation,
  type RunningOperation,
} from '../../functions/operations/sql/large-operations.ts';
import { findLaterDeletions } from '../../functions/operations/sql/later-deletions.ts';
import { CHANGE } from '../../functions/operations/sql/operation-table.ts';
import { startInSteps } from './large-operations.ts';
import { ticks } from './ticks.ts';

export type Handler = (event: unknown, context: Context) => Promise<unknown>;

const context = {
  awsRequestId: 'tour',
  functionName: 'tour',
  getRemainingTimeInMillis: () => 28_000,
} as unknown as Context;

const match = createRouteMatcher(
  Object.values(endpoints).map((endpoint) => ({ routeKey: routeKey(endpoint), entry: endpoint.function })),
);

interface TourResponse {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: the tour looks into responses without restating their types
  readonly body: any;
}

interface Tourist {
  call(method: string, target: string, body?: unknown, key?: string): Promise<TourResponse>;
  /** A request that must succeed. Returns the body of the response. */
  succeed(method: string, target: string, body?: unknown): Promise<TourResponse['body']>;
  /** Invokes a function directly, not through the API. */
  invoke(entry: string, event: object): Promise<unknown>;
}

function touristOf(handlers: ReadonlyMap<string, Handler>): Tourist {
  const call: Tourist['call'] = async (method, target, body, key) => {
    const found = match(method, splitTarget(target).rawPath);
    if (found.kind !== 'matched') throw new Error(`no route for ${method} ${target}`);
    const event = toHttpApiEvent(
      {
        ...{ method, target, httpVersion: '1.1', remoteAddress: '127.0.0.1', localPort: 0 },
        rawHeaders: [
          ...(body === undefined ? [] : ['content-type', 'application/json']),
          ...(key === undefined ? [] : ['idempotency-key', key]),
        ],
        body: Buffer.from(body === undefined ? '' : JSON.stringify(body)),
      },
      {
        ...{ routeKey: found.route.routeKey, pathParameters: found.pathParameters, requestId: 'r' },
        ...{ traceId: 't', timeEpochMs: Date.now() },
      },
    );
    const response = toHttpResponse(await handlers.get(found.route.entry)?.(readEvent(event), context));
    return { status: response.statusCode, body: JSON.parse(response.body.toString()) };
  };

  const succeed: Tourist['succeed'] = async (method, target, body) => {
    const response = await call(method, target, body);
    expect(response.status, JSON.stringify(response.body)).toBe(200);
    return response.body;
  };

  return { call, succeed, invoke: async (entry, event) => handlers.get(entry)?.(event, context) };
}

/** Does everything that the service can do, once. @param url the database's, for what no route does */
export async function tour(handlers: ReadonlyMap<string, Handler>, url: string): Promise<void> {
  const tourist = touristOf(handlers);
  const { call, succeed, invoke } = tourist;
  await invoke('maintain-partitions', {});
  await invoke('smoke-run', {});
  await succeed('PUT', '/v1/instruments/ES', { name: 'E-mini', type: 'future' });
  await succeed('PATCH', '/v1/instruments/ES', { priceDecimals: 2 });
  await succeed('PUT', '/v1/instruments', { instruments: [{ symbol: 'ES' }, { symbol: 'NQ' }] });
  const rule = await succeed('PUT', '/v1/alert-rules/high', { symbol: 'ES', condition: 'above', threshold: 1 });
  await succeed('PATCH', '/v1/alert-rules/high', { threshold: 2 });
  const rules = [{ name: 'low', symbol: 'ES', condition: 'below', threshold: 1 }];
  await succeed('PUT', '/v1/alert-rules', { alertRules: rules });
  const { data: changes } = await succeed('GET', '/v1/reference-data/operations');
  await succeed('GET', `/v1/reference-data/operations/${changes[0].operationId}`);
  for (const list of ['instruments', 'instruments/ES', 'alert-rules', 'alert-rules/high']) {
    await succeed('GET', `/v1/${list}`);
  }

  await succeed('POST', '/v1/market-data?createInstruments=true', { records: ticks(1, { symbol: 'CREATED' }) });
  // by arrays, not by COPY
  await succeed('POST', '/v1/market-data?createInstruments=true&onConflict=replace&reason=tour', {
    records: ticks(1, { symbol: 'CREATED TOO', sequence: 1 }),
  });
  await call('POST', '/v1/market-data', { records: [{}] }, 'of-refused');
  const plain = { records: ticks(5, { symbol: 'ES' }) };
  const sequenced = { records: ticks(5, { symbol: 'ES' }).map((tick, sequence) => ({ ...tick, sequence })) };
  const alerts = {
    records: ticks(3, { symbol: 'ES' }).map(({ price: _, ...common }) => ({
      ...{ ...common, ruleId: rule.id },
      ...{ triggerValue: 2, thresholdValue: 1, firedStatus: 'fired' },
    })),
  };
  const batch = await succeed('POST', '/v1/market-data', plain);
  // this batch is streamed
  await succeed('POST', '/v1/market-data?batchSize=1', plain);
  await succeed('POST', '/v1/market-data', sequenced);
  // these rows are already stored: COPY fails, and arrays replace it
  expect((await succeed('POST', '/v1/market-data?batchSize=1', sequenced)).duplicates).toBe(5);
  const refused = await call('POST', '/v1/market-data?atomic=true', {
    records: sequenced.records.map((record) => ({ ...record, price: 1 })),
  });
  expect([refused.status, refused.body.conflicts]).toEqual([422, 5]);
  for (const query of ['bars=1m', 'sequenceOf=packet']) {
    await succeed('POST', `/v1/market-data?${query}`, sequenced);
    const mixed = { records: [...sequenced.records, { ...sequenced.records[0], price: 'x' }] };
    expect((await call('POST', `/v1/market-data?atomic=true&${query}`, mixed)).body.code).toBe('atomic_rejected');
  }
  for (const query of ['bars=1m', 'sequenceOf=tick']) {
    const path = `/v1/market-data?onConflict=replace&reason=tour&${query}`;
    const changed = { records: sequenced.records.map((record) => ({ ...record, price: 7 })) };
    const mixed = { records: [...changed.records, { ...sequenced.records[0], price: 'x' }] };
    expect((await call('POST', `${path}&atomic=true`, mixed)).body.replaced).toBe(5);
    const { operationId } = await succeed('POST', path, changed);
    const undo = await succeed('POST', '/v1/market-data/restorations', { operationId, reason: 'tour' });
    await succeed('POST', '/v1/market-data/deletions', { operationId: undo.operationId, reason: 'tour' });
  }
  const logs = await succeed('POST', '/v1/alert-logs', alerts);
  await withoutCopy(async () => {
    await succeed('POST', '/v1/market-data?batchSize=1', plain);
    await succeed('POST', '/v1/alert-logs?batchSize=1', alerts);
  });

  const ids = [batch.firstId, batch.firstId + 1];
  const filter = { symbol: 'ES', start: '2026-11-02T00:00:00Z', end: '2026-11-03T00:00:00Z' };
  const reason = 'tour';
  for (const selector of [{ ids }, { batchId: batch.batchId }, { filter }]) {
    for (const dryRun of [true, false]) {
      const deletion = await succeed('POST', '/v1/market-data/deletions', { ...selector, reason, dryRun });
      if (!dryRun) {
        const undo = { operationId: deletion.operationId, reason };
        await succeed('POST', '/v1/market-data/restorations', { ...undo, dryRun: true });
        await succeed('POST', '/v1/market-data/restorations', undo);
      }
      await succeed('POST', '/v1/market-data/restorations', { ...selector, reason, dryRun });
    }
  }
  const lastDeletion = (await succeed('GET', '/v1/market-data/operations?limit=1')).data[0].operationId;
  const alertDeletion = await succeed('POST', '/v1/alert-logs/deletions', { batchId: logs.batchId, reason });
  // the database ends the transaction, which is rolled back
  expect((await call('POST', '/v1/market-data/deletions', { ids, reason, expectedCount: 9 })).status).toBe(409);

  for (const target of [
    '/v1/market-data',
    '/v1/market-data?symbol=ES',
    '/v1/market-data?symbol=ES&bars=1m&order=asc',
    '/v1/market-data/latest?symbols=ES',
    '/v1/market-data/bars?symbol=ES&interval=1m',
    '/v1/market-data/coverage?symbol=ES',
    '/v1/market-data/coverage?symbol=ES&asOf=2100-01-01',
    `/v1/market-data/bars?symbol=ES&interval=1m&asOf=batch:${batch.batchId}`,
    `/v1/market-data?symbol=ES&asOf=batch:${batch.batchId}`,
    '/v1/market-data/latest?symbols=ES&asOf=2100-01-01',
    '/v1/market-data/bars?symbol=ES&interval=1h&from=bars',
    `/v1/market-data/${batch.firstId}`,
    `/v1/market-data/${batch.firstId}/history`,
    `/v1/market-data/batches/${batch.batchId}`,
    '/v1/market-data/operations',
    '/v1/market-data/batches',
    `/v1/market-data?symbol=ES&asOf=operation:${lastDeletion}`,
    `/v1/alert-logs/operations/${alertDeletion.operationId}`,
    '/v1/alert-logs?symbol=ES&includeDeleted=true',
    '/v1/alert-logs/latest?symbols=ES',
    '/v1/config',
    '/v1/performance',
  ]) {
    await succeed('GET', target);
  }
  await tourInSteps(tourist, url, batch.batchId);
  for (const kind of ['market-data', 'alert-logs']) await succeed('POST', `/v1/${kind}/latest`, { symbols: ['ES'] });
  expect((await call('GET', `/v1/alert-logs/${logs.firstId}?includeDeleted=true`)).status).toBe(200);
  await invoke('probe-health', {});
  for (const target of ['', '/history', '/pool', '/partitions']) await call('GET', `/v1/health${target}`);
}

/** Operations in steps with few rows: by a filter and by scattered ids, undone and repeated. One of them fails. */
async function tourInSteps({ call, succeed, invoke }: Tourist, url: string, batchId: number): Promise<void> {
  const pool = new PostgresDatabase({
    ...{ url, applicationName: 'tour', acquireTimeoutMs: 5000, queryTimeoutMs: 20_000, recycleSeconds: 60 },
    onIdleError: () => undefined,
  });
  const options = { deadline: Date.now() + 20_000, idempotent: true };
  try {
    const scattered = { records: ticks(80, { symbol: 'ES' }, '2026-11-09T00:00:00Z') };
    const { firstId } = await succeed('POST', '/v1/market-data', scattered);
    const ids = Array.from({ length: 40 }, (_, nth) => firstId + 2 * nth);
    const range = { ids: [[firstId + 78, firstId + 79]], batchSize: 2, reason: 'tour' };
    for (const kind of ['deletions', 'restorations']) await succeed('POST', `/v1/market-data/${kind}`, range);
    await succeed('POST', '/v1/market-data/deletions', { ids, reason: 'tour' });
    const instrumentId = (await succeed('GET', '/v1/instruments/ES')).id as number;
    const periods = [
      ['2026-11-02T00:00:00Z', '2026-11-03T00:00:00Z'],
      ['2026-11-09T00:00:00Z', '2026-11-10T00:00:00Z'],
    ] as const;
    for (const [start, end] of periods) {
      const filter = { instrumentId, barLength: 0, start, end };
      for (const kind of ['deletion', 'restoration'] as const) {
        await countOperation(
          pool,
          'market_data',
          { change: CHANGE[kind], selector: { by: 'filter', ...filter } },
          options,
        );
        const operationId = await startInSteps(pool, { filter }, { kind });
        await call('GET', `/v1/market-data?symbol=ES&asOf=batch:${batchId}`);
        await invoke('maintain-partitions', { task: 'operations' });
        const other = kind === 'deletion' ? 'restoration' : 'deletion';
        const selector = { by: 'operation', operationId } as const;
        await countOperation(pool, 'market_data', { change: CHANGE[other], selector }, options);
        await pool.run(findLaterDeletions('market_data', operationId), options);
        await startInSteps(pool, { operationId }, { kind: other });
        await invoke('maintain-partitions', { task: 'operations' });
      }
    }
    const failed = await startInSteps(pool, { operationId: 1 });
    const [running] = await pool.run<RunningOperation>(findRunningOperation(failed), options);
    await pool.transaction([failOperation(running as RunningOperation, 'tour')], options);
  } finally {
    await pool.close();
  }
}

/** Runs `work` as on a backend without COPY. */
async function withoutCopy(work: () => Promise<void>): Promise<void> {
  Object.defineProperty(PostgresDatabase.prototype, 'session', { value: undefined, configurable: true });
  try {
    await work();
  } finally {
    // restores the inherited method
    Reflect.deleteProperty(PostgresDatabase.prototype, 'session');
  }
}
