import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock, withClient } from '@tick-store/local-cloud';
import config from '../../infra.config.ts';
import { readConfig } from '../../lib/config/schema.ts';
import { type LocalService, startService } from '../../lib/local/start-service.ts';
import { ageRows } from '../support/age-rows.ts';
import { type MachineUse, measureMachine } from './measure-machine.ts';
import { measureStore, type StoreSize } from './measure-store.ts';
import { partitionsOf, TradingDay } from './trading-day.ts';

export interface DayOptions {
  /** The number of days, at least 3, because data of a day is removed two days later. */
  readonly days: number;
  /** Minutes of trading per day, on the clock of the schedules. */
  readonly minutes: number;
  readonly seed: number;
  readonly onDay?: (day: number, report: DayReport) => void;
}

/** The measurements of one day. */
export interface DayReport {
  readonly requests: number;
  /** At the end of trading, before anything is removed. */
  readonly traded: StoreSize;
  /** After the nightly maintenance. */
  readonly store: StoreSize;
  readonly machine: MachineUse;
}

const MINUTE = 60_000;
/** The start of the clock, on a weekday. */
const OPEN = Date.parse('2040-03-01T14:30:00Z');
const NIGHT = Date.parse('2040-03-02T02:00:00Z');
const DAY = 24 * 60 * MINUTE;
const VARIABLES = {
  // the month of a day is archived in the following night, and a key is retained for one day of the run
  ...{ KEEP_TICK_MONTHS: '24', KEEP_ALERT_LOG_QUARTERS: '8', KEEP_KEY_DAYS: '7' },
  // one sample per run of the probe, so that a simulated minute does not take half a minute
  PROBE_INTERVAL_SECONDS: '60',
};
/** The time between two days of the run. Refused batches are retained for a week. */
const BETWEEN_DAYS = '8 days';
/** Roll-ups are made of days that have not changed for five minutes. */
const QUIET = '10 minutes';
const SAMPLES = 1_000;

/**
 * Runs several trading days on a service as `npm start` runs it. Clients ingest, with peaks at the open and the close, and send late
 * ticks, corrections, deletions, restorations, replays and reads. Each minute there is a probe, and a run of operations and roll-ups.
 * Each night the maintenance archives and expires data, and months are let go. The test advances the clock of schedules and alarms. It
 * makes rows older instead of changing PostgreSQL's clock.
 * @throws Error for an unexpected response
 */
export async function runDays({ days, minutes, seed, onDay }: DayOptions): Promise<DayReport[]> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'tick-store-day-'));
  // mkdtemp allows only its owner; under root, another account runs the servers and must be able to enter
  chmodSync(dataDirectory, 0o711);
  const clock = new ManualClock(OPEN);
  const troubles: string[] = [];
  const service = await startService({
    ...{ dataDirectory, clock, port: 0, concurrency: 2, fresh: false, variables: VARIABLES },
    config: readConfig(config),
    print: () => undefined,
    warn: () => undefined,
    signal: new AbortController().signal,
    onGivenUp: (error) => troubles.push(error.message),
  });
  try {
    const url = superuserUrl(service);
    const reports: DayReport[] = [];
    for (let day = 0; day < days; day += 1) {
      await clock.leap(OPEN + day * DAY - clock.now());
      if (day > 0) await ageRows(url, BETWEEN_DAYS);
      const trading = new TradingDay(service.url, day, seed);
      for (let minute = 0; minute < minutes; minute += 1) {
        await trading.minute(minute, minutes);
        await clock.advance(MINUTE);
      }
      await makeRollups(url, clock);
      if (day === 0) await fillSamples(url);
      const traded = await measureStore(url);
      if (day >= 2) await letGo(service, day - 2);
      await clock.leap(NIGHT + day * DAY - clock.now());
      const report = {
        ...{ requests: trading.requests, traded, store: await measureStore(url) },
        machine: measureMachine(dataDirectory, service.monitor, clock.now()),
      };
      onDay?.(day, report);
      reports.push(report);
    }
    if (troubles.length > 0) throw new Error(troubles.join('\n'));
    return reports;
  } finally {
    await service.stop();
    rmSync(dataDirectory, { recursive: true, force: true });
  }
}

const superuserUrl = ({ database }: LocalService): string =>
  Object.assign(new URL(database.postgres.superuserUrl), { pathname: '/tick_store' }).href;

/** Stores samples as after half a day of probes, so that the table is at its limit from the first day on. */
const fillSamples = (url: string) =>
  withClient(url, (client) =>
    client.query(
      `insert into tick_store.health_samples (taken_at, status, alerts, sample, counters)
       select taken_at, status, alerts, sample, counters
         from (select * from tick_store.health_samples order by id desc limit 1) newest, generate_series(1, $1::int)`,
      [SAMPLES],
    ),
  );

/** Makes recent changes look older, and runs the schedule that makes roll-ups of them. */
async function makeRollups(url: string, clock: ManualClock): Promise<void> {
  for (const run of ['sweep', 'refresh']) {
    await withClient(url, (client) =>
      client.query(
        `update tick_store.rollup_days set marked_at = marked_at - $1::interval, counted_at = counted_at - $1::interval /* ${run} */`,
        [QUIET],
      ),
    );
    await clock.advance(MINUTE);
  }
}

async function letGo({ database }: LocalService, day: number): Promise<void> {
  const { ticks, alertLogs } = partitionsOf(day);
  await withClient(database.postgres.ownerUrl, async (client) => {
    for (const name of [ticks, alertLogs]) await client.query('select tick_store.let_go($1)', [name]);
  });
}
