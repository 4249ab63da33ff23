import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { readConfig } from '../../lib/config/schema.ts';
import { drillsFor } from '../../lib/drills/drills.ts';
import { restoreLines, runRestore } from '../../lib/drills/restore.ts';
import { runDrill } from '../../lib/drills/run-drill.ts';
import { emfLines } from '../support/metrics.ts';
import { ticks } from '../support/ticks.ts';
import { startWatchedService, type WatchedService } from '../support/watched-service.ts';

const drills = drillsFor(readConfig({}));
let watched: WatchedService;

beforeAll(async () => {
  watched = await startWatchedService((resource) =>
    // a transaction, or an operation, here cannot be as old as one that an alarm is for
    /^tick-store-(long-transaction|operation-stalled)-warning$/.test(String(resource.properties['AlarmName']))
      ? { ...resource, properties: { ...resource.properties, Threshold: 0.5 } }
      : resource,
  );
  // a first sample, and the alarms' first states
  for (let i = 0; i < 4; i++) await watched.halfMinute();
  // a synthesis, a bundle and two servers, on a busy machine
}, 300_000);
afterAll(() => watched?.stop());

/** What a drill needs real time for, before the alarms' clock may go on. */
const MEANWHILE: Readonly<Record<string, () => Promise<unknown>>> = {
  'slow-queries': async () => {
    const slow = () =>
      emfLines(watched.service.logs).filter((line) => Math.max(...[line['QueryMs'] ?? 0].flat()) > 1_000).length;
    const before = slow();
    await vi.waitUntil(() => slow() > before, { timeout: 10_000 });
  },
  // the drill sends a request per second, and half a minute takes less here
  'bad-release': async () => {
    for (let nth = 0; nth < 5; nth++) await watched.service.get('/v1/instruments');
  },
  // each sample after the first is of an operation that is old enough
  'stalled-operation': () => vi.waitUntil(async () => (await stalledFor()) !== null, { timeout: 30_000 }),
  'long-transaction': () => vi.waitUntil(async () => (await longestTransaction()) > 0.5, { timeout: 10_000 }),
};

/** For how long the newest sample's operation has made no step, once it is old enough; 0 before a sample has seen it. Seconds. */
const stalledFor = async () => {
  const [row] = await watched.service.sql<{ seconds: number }>(
    `select coalesce(extract(epoch from now() - (counters -> 'operation' ->> 'since')::timestamptz), 0)::float8 as seconds
       from tick_store.health_samples order by taken_at desc limit 1`,
  );
  const seconds = row?.seconds ?? 0;
  return seconds === 0 || seconds > 0.6 ? seconds : null;
};

const longestTransaction = async () => {
  const [row] = await watched.service.sql<{ seconds: number }>(
    "select coalesce(extract(epoch from max(now() - xact_start)), 0)::float8 as seconds from pg_stat_activity where query like '%pg_sleep%' and pid <> pg_backend_pid()",
  );
  return row?.seconds ?? 0;
};

test('restore: a backup of the running service holds all of its rows', { timeout: 120_000 }, async () => {
  const stored = await watched.service.post('/v1/market-data', { records: ticks(500) });
  expect(stored.status).toBe(200);
  const report = await runRestore(watched.target);
  expect(restoreLines(report).at(-1)).toBe('The copy contains exactly the rows of the service.');
  expect(report.tables).toBeGreaterThan(10);
  expect(report.rows).toBeGreaterThan(500);
  expect((await watched.service.get('/v1/instruments')).status).toBe(200);
});

test.each(drills)('$name pages in time and once, and sends an all-clear', { timeout: 120_000 }, async (drill) => {
  const { clock, target, observed, halfMinute, monitor } = watched;
  const printed: string[] = [];
  let injected = false;
  const before = monitor.sns.messages().length;
  const outcome = await runDrill({
    drill: {
      ...drill,
      inject: async (to) => {
        const fault = await drill.inject(to);
        injected = true;
        return {
          lift: async () => {
            injected = false;
            await fault.lift();
          },
        };
      },
    },
    target,
    observed,
    service: 'tick-store',
    now: () => clock.now(),
    wait: async () => {
      if (injected) await MEANWHILE[drill.name]?.();
      await halfMinute();
    },
    print: (line) => void printed.push(line),
    signal: new AbortController().signal,
  });
  const timeline = printed.join('\n');
  expect(outcome.pagedAfterSeconds, timeline).not.toBeNull();
  expect(outcome.pagedAfterSeconds).toBeLessThanOrEqual(drill.pageWithinSeconds);
  expect(outcome.clearedAfterSeconds, timeline).not.toBeNull();
  const told = monitor.sns.messages().slice(0, -before || undefined);
  const pages = told.filter(({ topic, message }) => {
    const [, alarm = ''] = /^Alarm: tick-store-(\S+)$/m.exec(message) ?? [];
    return !topic.endsWith('-alarms') && drill.pages.includes(alarm);
  });
  const label = drill.severity === 'critical' ? '[CRITICAL]' : '[WARNING]';
  expect(pages.map(({ subject }) => subject.split(' ')[0]).toSorted(), timeline).toEqual([label, '[OK]'].toSorted());
  for (const { subject } of pages) expect(subject.length).toBeLessThanOrEqual(100);
  // for the next drill: nothing may be left over
  for (let i = 0; i < 80 && monitor.alarms.list().some(({ state }) => state === 'ALARM'); i++) await halfMinute();
  expect(monitor.alarms.list().filter(({ state }) => state === 'ALARM')).toEqual([]);
  // an all-clear that is held back comes up to a minute after its alarm's
  for (let i = 0; i < 2; i++) await halfMinute();
});
