import { expect, test } from 'vitest';
import type { Drill } from '../../lib/drills/drill.ts';
import { runDrill } from '../../lib/drills/run-drill.ts';
import type { ObservedAlarm, ObservedMessage } from '../../lib/drills/service-under-drill.ts';

const FAULT_AT = 1_000_000;

/** What happens, in seconds since the fault: an alarm or a composite that goes over. */
type Change = readonly [seconds: number, name: string, to: 'ALARM' | 'OK'];

/** Runs a drill over alarms that go this way; the fault is lifted as soon as the drill has its page. */
async function drilled(changes: readonly Change[]) {
  let now = FAULT_AT;
  const at = (seconds: number) => new Date(FAULT_AT + seconds * 1000).toISOString();
  const past = () => changes.filter(([seconds]) => FAULT_AT + seconds * 1000 <= now);
  const alarmOf = (name: string, kind: ObservedAlarm['kind']): ObservedAlarm => {
    const history = past()
      .filter(([, changed]) => changed === name)
      .map(([seconds, , to]) => ({ at: at(seconds), from: to === 'OK' ? 'ALARM' : 'OK', to }) as const)
      .reverse();
    const { to: state, at: since } = history[0] ?? { to: 'OK', at: at(-100) };
    return { name: `tick-store-${name}`, kind, state, since, history };
  };
  const messageOf = ([seconds, name, to]: Change): ObservedMessage => ({
    topic: 'tick-store-critical',
    subject: `[${to === 'OK' ? 'OK' : 'CRITICAL'}] tick-store us-east-1: ${name}`,
    message: `Something is broken.\n\nAlarm: tick-store-${name}`,
    publishedAt: at(seconds),
  });
  const names = [...new Set(changes.map(([, name]) => name)), 'database-critical'];
  let liftedAt: number | undefined;
  const drill: Drill = {
    name: 'trial',
    what: 'Something breaks.',
    severity: 'critical',
    pages: ['database-critical'],
    alarms: ['probe-up-critical'],
    pageWithinSeconds: 90,
    clearWithinSeconds: 200,
    inject: async () => ({
      lift: async () => {
        liftedAt = (now - FAULT_AT) / 1000;
      },
    }),
  };
  const outcome = await runDrill({
    drill,
    target: {
      call: () => Promise.reject(new Error('not called')),
      injectFault: () => Promise.reject(new Error('not called')),
    },
    observed: {
      alarms: async () => names.map((name) => alarmOf(name, name === 'database-critical' ? 'composite' : 'metric')),
      messages: async () =>
        past()
          .filter(([, name]) => name === 'database-critical')
          .map(messageOf)
          .reverse(),
      health: async () => 'healthy',
    },
    service: 'tick-store',
    now: () => now,
    wait: async () => {
      now += 1000;
    },
    print: () => undefined,
    signal: new AbortController().signal,
  });
  return { ...outcome, liftedAt };
}

test('the alarm of the drill pages, and the all-clear is sent', async () => {
  const outcome = await drilled([
    [20, 'probe-up-critical', 'ALARM'],
    [20, 'database-critical', 'ALARM'],
    [110, 'probe-up-critical', 'OK'],
    [110, 'database-critical', 'OK'],
  ]);
  expect(outcome).toEqual({ pagedAfterSeconds: 20, liftedAt: 20, clearedAfterSeconds: 90 });
});

test('a page by another alarm of the incident counts once the drill’s alarm is in ALARM too', async () => {
  const outcome = await drilled([
    [17, 'query-time-critical', 'ALARM'],
    [17, 'database-critical', 'ALARM'],
    [27, 'probe-up-critical', 'ALARM'],
    [117, 'probe-up-critical', 'OK'],
    [200, 'query-time-critical', 'OK'],
    [200, 'database-critical', 'OK'],
  ]);
  expect(outcome).toEqual({ pagedAfterSeconds: 27, liftedAt: 27, clearedAfterSeconds: 173 });
});

test('a page does not count without the drill’s alarm', async () => {
  const outcome = await drilled([
    [17, 'query-time-critical', 'ALARM'],
    [17, 'database-critical', 'ALARM'],
  ]);
  expect(outcome).toMatchObject({ pagedAfterSeconds: null, clearedAfterSeconds: null });
  expect(outcome.liftedAt).toBeGreaterThan(90);
});

test('the drill’s alarm does not count without a page, or with a late one', async () => {
  const unpaged = await drilled([[20, 'probe-up-critical', 'ALARM']]);
  expect(unpaged.pagedAfterSeconds).toBeNull();
  const late = await drilled([
    [20, 'probe-up-critical', 'ALARM'],
    [90.5, 'database-critical', 'ALARM'],
  ]);
  expect(late.pagedAfterSeconds).toBeNull();
});
