import { expect, test } from 'vitest';
import type { ProbeValues } from '../../functions/metrics/metric-catalogue.ts';
import { AWAY, EXHAUSTED, HEALTHY, watchedService } from './support/monitor.ts';

type WatchedService = ReturnType<typeof watchedService>;

/** Seconds. */
const STEP = 1;
const MINUTE = 60;
/** The probe starts every half-minute, and needs so long to find out that it does not get through. */
const HALF_MINUTE = 30;
const FINDS_OUT_AFTER = 9;

/** Seconds of the minute at which a fault begins: alarms are evaluated at the full minute, the probe runs at 0 and 30. */
const PHASES = [1, 12, 29, 31, 39, 59];

/** What clients notice from the first second on: busy functions refuse the rest, which API Gateway responds to. */
const refusals = (service: WatchedService, values: Parameters<WatchedService['invocation']>[0]) => (second: number) => {
  if (second % 5 !== 0) return;
  for (let nth = 0; nth < 3; nth++) {
    service.invocation({ ServerErrors: 1, AcquireMs: [10_000], ReadMs: [900], TotalMs: 10_000, ...values });
    service.request(503, 10_000);
    service.throttle();
    service.request(503);
  }
};

/** Seconds of a service whose fault lasts from one second to another; `during` is called for each second of it. */
async function run(
  service: WatchedService,
  seconds: number,
  fault: { from: number; to: number; sample: ProbeValues; during: (second: number) => void },
) {
  for (let second = 0; second < seconds; second += STEP) {
    const isBad = (at: number) => at >= fault.from && at < fault.to;
    const began = second - (second % HALF_MINUTE);
    const emitsAt = began + (isBad(began) ? FINDS_OUT_AFTER : 0);
    if (second === emitsAt) service.sample(isBad(began) ? fault.sample : HEALTHY);
    if (isBad(second)) fault.during(second);
    await service.clock.advance(STEP * 1000);
  }
}

test.each(
  PHASES.flatMap((phase) => [
    { phase, what: 'an unreachable database', page: 'database-unreachable-critical', sample: AWAY },
    { phase, what: 'an exhausted pool', page: 'pool-exhausted-page', sample: EXHAUSTED },
  ]),
)('$what from second $phase of a minute on: one page, and nothing before it or after it', async (outage) => {
  const service = watchedService();
  const from = 5 * MINUTE + outage.phase;
  const values = outage.sample === AWAY ? { UnavailableErrors: 1, FailedRequests: 1 } : { OverloadErrors: 1 };
  const during = refusals(service, values);
  await run(service, 35 * MINUTE, { from, to: from + 10 * MINUTE, sample: outage.sample, during });
  const page = `tick-store-critical: tick-store-${outage.page}`;
  const first = service.told().findIndex((text) => text.includes('ALARM'));
  expect(service.told().slice(first)).toEqual([`${page} ALARM`, `${page} OK`]);
  service.monitor.stop();
});

test.each(PHASES)('more requests than executions from second %i on are paged once, as throttled', async (phase) => {
  const service = watchedService();
  const from = 5 * MINUTE + phase;
  const during = () => {
    service.throttle();
    service.request(503);
  };
  await run(service, 30 * MINUTE, { from, to: from + 5 * MINUTE, sample: HEALTHY, during });
  const page = 'tick-store-critical: tick-store-throttled-page';
  const critical = service.told().filter((text) => text.startsWith('tick-store-critical'));
  const first = critical.findIndex((text) => text.includes('ALARM'));
  expect(critical.slice(first)).toEqual([`${page} ALARM`, `${page} OK`]);
  service.monitor.stop();
});
