import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import { expectUnmarked, MARK, sendEverywhere } from '../support/marked-requests.ts';
import { withClient } from '../support/postgres.ts';
import { startService, type TestService } from '../support/service.ts';

/**
 * What a client sends appears in the rows and in its own responses, and nowhere else: not in log lines, metrics, the gateway's
 * lines, PostgreSQL's log, or a 5xx. Passwords appear in none of them either. Only `X-Request-Id` is logged, because that is its
 * purpose.
 */

let service: TestService;
let broken: TestService;
beforeAll(async () => {
  [service, broken] = await Promise.all([
    startService(),
    startService({
      databaseUrl: ({ appUrl }) => Object.assign(new URL(appUrl), { port: '1' }).href,
      environment: { ACQUIRE_TIMEOUT_MS: '300' },
    }),
  ]);
});
afterAll(() => Promise.all([service.stop(), broken.stop()]));

/** PostgreSQL's own log, of all databases of the test run. */
const serverLog = () =>
  withClient(service.database.superuserUrl, async (client) => {
    const { rows } = await client.query<{ data_directory: string }>('show data_directory');
    return readFileSync(join(rows[0]?.data_directory as string, '..', 'postgres.log'), 'utf8');
  });

const passwords = () =>
  Object.values(inject('postgres'))
    .map((url) => decodeURIComponent(new URL(url).password))
    .filter((password) => password !== '');

const expectSecret = (text: string, where: string) => expectUnmarked(text, where, passwords());

test('no value of a request is in logs, metrics or the log of PostgreSQL', async () => {
  const replies = await sendEverywhere(service);
  const statuses = new Set(replies.map(({ status }) => status));
  for (const status of [200, 400, 404, 409, 415, 422]) expect([...statuses]).toContain(status);
  expect(service.logs.length).toBeGreaterThan(replies.length);
  expect(service.logs.join('\n')).toContain('CloudWatchMetrics');
  expectSecret(service.logs.join('\n'), 'in the logs and metrics');
  const log = await serverLog();
  expect(log).toContain('expected_count_mismatch');
  // nor whole statements, because a client could cause any number of them
  expect(log).not.toContain('STATEMENT:');
  expectSecret(log, 'in the log of PostgreSQL');
});

test('a 5xx and its log lines contain no value of the request and no password', async () => {
  const replies = await sendEverywhere(broken);
  const failures = replies.filter(({ status }) => status >= 500);
  expect(failures.length).toBeGreaterThan(10);
  expectSecret(failures.map(({ text }) => text).join('\n'), 'in a 5xx');
  expectSecret(broken.logs.join('\n'), 'in the logs');
});

test('the statement statistics, which the application reads, contain no password verifier', async () => {
  const [found] = await service.sql<{ tracked: number; verifiers: number }>(
    'select count(*)::int4 as tracked, (count(*) filter (where query like $1))::int4 as verifiers from pg_stat_statements',
    ['%SCRAM-SHA-256%'],
  );
  expect([(found?.tracked ?? 0) > 0, found?.verifiers]).toEqual([true, 0]);
});

test('the configuration in force shows no secret', async () => {
  expectSecret((await service.get('/v1/config')).text, 'in the configuration');
});

test('secrets of the settings appear in no sample, health, configuration, metric or log, even if they are invalid', async () => {
  const secret = (user: string) => `postgres://${user}:${MARK}-password@127.0.0.1:1/${MARK}`;
  const planted = await startService({
    databaseUrl: () => secret('tick_store_app'),
    environment: {
      ...{ POOLER_ADMIN_URL: secret('stats'), DIRECT_DATABASE_URL: secret('tick_store_app') },
      ...{ ACQUIRE_TIMEOUT_MS: '300', UNKNOWN_SETTING: MARK },
    },
  });
  onTestFinished(() => planted.stop());
  const probe = await planted.environments.invoke('probe-health', {});
  const runs = [
    probe,
    await planted.environments.invoke('maintain-partitions', {}),
    await planted.environments.invoke('maintain-partitions', { task: 'operations' }),
  ];
  const paths = [
    '/v1/health',
    '/v1/health/history',
    '/v1/health/pool',
    '/v1/health/partitions',
    '/v1/performance',
    '/v1/config',
  ];
  const replies = await Promise.all(paths.map((path) => planted.get(path)));
  expect(replies.some(({ status }) => status === 503)).toBe(true);
  expectSecret(
    replies.map(({ text, headers }) => text + JSON.stringify([...headers])).join('\n'),
    'in what health says',
  );
  expectSecret(JSON.stringify(runs), 'in what the schedules’ functions return');
  expect(planted.logs.length).toBeGreaterThan(runs.length);
  expectSecret(planted.logs.join('\n'), 'in the logs and metrics');
});
