import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { routes } from '../../functions/contract/routes.ts';
import { readConfig } from '../../lib/config/schema.ts';
import { runbookOf } from '../../lib/runbook/runbook.ts';
import { alone } from '../support/locks.ts';
import { withClient } from '../support/postgres.ts';
import { newInstrument } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';
import { tick } from '../support/ticks.ts';

/** The distinct texts between backticks in the runbook. */
const hints = [...new Set([...runbookOf(readConfig({})).matchAll(/`([^`\n]+)`/g)].map(([, hint = '']) => hint))];
const starting = (pattern: RegExp) => hints.filter((hint) => pattern.test(hint));

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

/** Fills in the placeholders as a reader would. */
const filledIn = (hint: string) =>
  hint
    .replace('<pid>', '0')
    .replace(/<(oldest )?table>/, `market_data_${new Date().toISOString().slice(0, 7).replace('-', '_')}`)
    .replace("'…'", "'nobody'");

describe('every query of the runbook works for the owner', () => {
  const queries = starting(/^(select|with|show|vacuum|analyze) ?/).filter((hint) => hint !== 'show pools');
  test('the runbook has queries', () => expect(queries.length).toBeGreaterThan(20));

  const needsRdsRole = (query: string) => query.includes('rds_iam');
  test.each(queries.filter((query) => !needsRdsRole(query)))('%s', async (query) => {
    expect(filledIn(query)).not.toMatch(/[<…]/);
    await withClient(service.database.ownerUrl, (client) => client.query(filledIn(query)));
  });

  test('and so do those about a role that only RDS has', async () => {
    const found = queries.filter(needsRdsRole);
    expect(found).not.toEqual([]);
    const { superuserUrl, ownerUrl } = service.database;
    await alone(superuserUrl, 'rds_iam', async () => {
      await withClient(superuserUrl, (client) => client.query('create role rds_iam'));
      try {
        for (const query of found) await withClient(ownerUrl, (client) => client.query(filledIn(query)));
      } finally {
        await withClient(superuserUrl, (client) => client.query('drop role rds_iam'));
      }
    });
  });
});

test('show pools works in the console of PgBouncer', async () => {
  expect(hints).toContain('show pools');
  await withClient(inject('postgres').poolerAdminUrl, (client) => client.query('show pools'));
});

test('the query for locks lists the blocking session first', async () => {
  const [query] = starting(/pg_blocking_pids/);
  const holder = new pg.Client({ connectionString: service.database.ownerUrl });
  await holder.connect();
  try {
    await holder.query('begin; lock table tick_store.market_data in access exclusive mode');
    const waiting = service.post('/v1/market-data', { records: [tick()] });
    await vi.waitUntil(
      async () => {
        const found = await service.sql<{ pid: number; blocked_by: number[] | null }>(query ?? '');
        const { pid } = (await holder.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0] ?? {};
        return (
          found.length === 2 &&
          found[0]?.pid === pid &&
          found[0]?.blocked_by === null &&
          found[1]?.blocked_by?.[0] === pid
        );
      },
      { timeout: 10_000, interval: 50 },
    );
    await holder.query('commit');
    expect((await waiting).status).toBe(200);
  } finally {
    await holder.end();
  }
});

test('every route that the runbook names exists', () => {
  const paths = Object.values(routes).map(({ method, path }) => `${method} ${path.replace(/\{\w+\}/g, '{}')}`);
  const named = starting(/^(GET|POST|PUT) /).map((hint) => hint.replace(/\?.*/, '').replace(/\{\w+\}/g, '{}'));
  expect(named.length).toBeGreaterThan(4);
  for (const route of named) expect(paths).toContain(route);
});

test('the lines of the log have the fields that its queries name', async () => {
  const [query = ''] = starting(/RowsRejected/);
  const fields = [...query.matchAll(/\b(Rows\w+|actor)\b/g)].map(([field]) => field);
  expect(new Set(fields)).toEqual(new Set(['RowsRejected', 'RowsReceived', 'actor']));
  const symbol = await newInstrument(service);
  const partly = await service.post('/v1/market-data', { records: [tick({ symbol }), tick({ symbol, price: 'x' })] });
  const whole = await service.post('/v1/market-data', { records: [tick({ symbol, price: 'x' })] });
  expect([partly.status, whole.status]).toEqual([200, 422]);
  const lines = service.logs
    .filter((line) => line.includes('"RowsRejected":1'))
    .map((line) => JSON.parse(line.slice(line.indexOf('{'))));
  expect(lines.map(({ RowsRejected, RowsReceived, actor }) => ({ RowsRejected, RowsReceived, actor }))).toEqual([
    { RowsRejected: 1, RowsReceived: 2, actor: 'local' },
    { RowsRejected: 1, RowsReceived: 1, actor: 'local' },
  ]);
});
