import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ManualClock, type ScheduleView } from '@tick-store/local-cloud';
import { afterAll, beforeAll, expect, test } from 'vitest';
import config from '../../infra.config.ts';
import { readConfig } from '../../lib/config/schema.ts';
import { type LocalService, startService } from '../../lib/local/start-service.ts';
import { fastDirectory } from '../support/fast-directory.ts';

const START = Date.parse('2040-01-01T00:00:30Z');
const clock = new ManualClock(START);
const dataDirectory = mkdtempSync(join(fastDirectory(), 'tick-store-service-'));
// mkdtemp denies access to all other accounts; the account that runs the servers on behalf of root must be able to pass
chmodSync(dataDirectory, 0o711);
const warnings: string[] = [];
let service: LocalService;

beforeAll(async () => {
  service = await startService({
    ...{ dataDirectory, clock, port: 0, concurrency: 2, fresh: false },
    config: readConfig(config),
    print: () => undefined,
    warn: (line) => warnings.push(line),
    signal: new AbortController().signal,
    onGivenUp: (error) => warnings.push(error.message),
  });
}, 120_000);
afterAll(async () => {
  await service.stop();
  rmSync(dataDirectory, { recursive: true, force: true });
}, 60_000);

async function schedules(): Promise<ScheduleView[]> {
  return (await (await fetch(`${service.url}/_local/schedules`)).json()) as ScheduleView[];
}

const probe = async () => (await schedules()).find(({ name }) => name === 'tick-store-probe-health');
const newest = (name: string) =>
  service.monitor.metrics
    .list()
    .filter((metric) => metric.name === name)
    .map((metric) => metric.newest.timestamp);

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

test('with an injected clock, schedules run when it advances, and metrics have its time', async () => {
  expect(await probe()).toMatchObject({ last: null, next: '2040-01-01T00:00:30.000Z' });
  expect(newest('ProbeUp')).toEqual([]);

  expect((await fetch(`${service.url}/v1/instruments/ES`)).status).toBe(200);
  // the probe's run takes 30 s of real time, and this test does not wait for it
  void clock.advance(1_000);
  await until(() => newest('ProbeUp').length > 0);
  expect(new Set(newest('ProbeUp').map((at) => at.slice(0, 16)))).toEqual(new Set(['2040-01-01T00:00']));
  expect(newest('Count')).toContain('2040-01-01T00:00:00.000Z');
  expect(await probe()).toMatchObject({ last: '2040-01-01T00:00:30.000Z', next: '2040-01-01T00:01:30.000Z' });
});

test('its functions have the limits of the template', async () => {
  const functions = (await (await fetch(`${service.url}/_local/functions`)).json()) as Record<string, unknown>[];
  const { ingest } = readConfig(config);
  expect(functions).toContainEqual({
    name: 'tick-store-ingest',
    timeoutMs: ingest.timeoutSeconds * 1000,
    memoryMb: ingest.memoryMb,
    reservedConcurrency: ingest.concurrency,
  });
  expect(warnings).toEqual([]);
});

test('a page of another web site can reach nothing', async () => {
  const asked = (path: string, method = 'GET') =>
    fetch(`${service.url}${path}`, { method, headers: { origin: 'https://evil.example' } });
  const statuses = [
    (await asked('/v1/instruments')).status,
    (await asked('/v1/market-data/deletions', 'POST')).status,
    (await asked('/_local/alarms')).status,
    (await asked('/_local/faults', 'DELETE')).status,
  ];
  expect(statuses).toEqual([403, 403, 403, 403]);
});
