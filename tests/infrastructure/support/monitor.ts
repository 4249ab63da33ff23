import {
  apiMetrics,
  createMonitor,
  lambdaMetrics,
  ManualClock,
  queueMetrics,
  type Resource,
  resolveTemplate,
  type Template,
} from '@tick-store/local-cloud';
import { vi } from 'vitest';
import {
  type FunctionValues,
  functionMetrics,
  type ProbeValues,
  probeMetrics,
} from '../../../functions/metrics/metric-catalogue.ts';
import type { DatabaseBackend } from '../../../lib/config/database-backend.ts';
import { stackOf } from './stacks.ts';

export const ACCOUNT = { account: '000000000000', region: 'eu-central-1' };
const EMITTER = { service: 'tick-store', functionName: 'ingest' };

const SEEN =
  /^AWS::(CloudWatch::(Composite)?Alarm|SNS::(Topic|Subscription)|Chatbot::\w+|SQS::Queue|RDS::DB(Proxy|Cluster))$/;

/** What the monitor looks at in a template, and what gives metrics their dimensions. */
export const localResources = (template: Template): Resource[] =>
  resolveTemplate(template, {
    account: ACCOUNT.account,
    region: ACCOUNT.region,
    stack: 'tick-store',
    values: {},
    isRun: (type) => SEEN.test(type),
  });

const resolved = new Map<DatabaseBackend, readonly Resource[]>();

/** Those of a backend's stack with nothing else configured; resolved once for each worker. */
export function resourcesOf(backend: DatabaseBackend): readonly Resource[] {
  const resources = resolved.get(backend) ?? localResources(stackOf(backend).template.toJSON() as Template);
  resolved.set(backend, resources);
  return resources;
}

/** A sample of a service with nothing to do. */
export const HEALTHY: ProbeValues = {
  ProbeUp: 1,
  PoolExhausted: 0,
  ProbeSuspended: 0,
  ProbeMs: 20,
  HealthLevel: 0,
  PoolUtilizationPercent: 5,
  PoolInUse: 1,
  PoolWaiting: 0,
  PoolAcquireMs: 1.5,
  RoundTripMs: 1,
  ConnectionShare: 0.1,
  LongestTransactionSeconds: 0,
  LongestIdleInTransactionSeconds: 0,
  LongestLockWaitSeconds: 0,
  Deadlocks: 0,
  DeadTupleRatio: 0,
  XidAgeRatio: 0.01,
  PartitionRunwayDays: 92,
  OperationStallSeconds: 0,
};

/** A sample of a probe that does not get through, with what else it knows then. */
export const AWAY: ProbeValues = { ProbeUp: 0, PoolExhausted: 0, ProbeSuspended: 0, ProbeMs: 8_750, HealthLevel: 2 };

/** A sample of a probe that met a full pool. */
export const EXHAUSTED: ProbeValues = {
  ...AWAY,
  ProbeUp: 1,
  PoolExhausted: 1,
  PoolUtilizationPercent: 100,
};

const SAMPLE_MS = 30_000;

/** The monitor of a backend's template, and a service whose hours pass in milliseconds. */
export function watchedService(backend: DatabaseBackend = 'proxy') {
  const clock = new ManualClock(Date.UTC(2026, 0, 5, 12));
  const printed: string[] = [];
  const monitor = createMonitor({
    ...ACCOUNT,
    resources: resourcesOf(backend),
    clock,
    print: (line) => void printed.push(line),
  });
  monitor.start();
  /** With the clock's time in what is written. */
  const line = (functionName: string, write: () => string) => {
    vi.useFakeTimers({ toFake: ['Date'], now: clock.now() });
    try {
      monitor.functionLine(functionName, write());
    } finally {
      vi.useRealTimers();
    }
  };
  const service = {
    clock,
    printed,
    monitor,
    sample: (values: ProbeValues) => line('probe-health', () => probeMetrics(values, EMITTER)),
    invocation: (values: FunctionValues) => line('ingest', () => functionMetrics(values, EMITTER)),
    request: (status: number, latencyMs = 20) => {
      const at = clock.now();
      const call = { functionName: 'tick-store-ingest', alias: 'live', at, concurrentExecutions: 1 };
      monitor.metrics.put([
        ...apiMetrics({ apiId: 'local', stage: '$default', at, status, latencyMs, integrationLatencyMs: latencyMs }),
        ...lambdaMetrics({ ...call, outcome: 'success', durationMs: latencyMs }),
      ]);
    },
    /** An invocation that Lambda refused. */
    throttle: () => {
      const call = { functionName: 'tick-store-ingest', alias: 'live', at: clock.now(), concurrentExecutions: 40 };
      monitor.metrics.put(lambdaMetrics({ ...call, outcome: 'throttled', durationMs: 0 }));
    },
    /** A page lies in its dead-letter queue. */
    undelivered: () =>
      monitor.metrics.put(
        queueMetrics('tick-store-undelivered-pages', { visible: 1, inFlight: 0, delayed: 0 }, clock.now()),
      ),
    /** Half-minutes of the service: each has a sample, or none, and whatever else happens in it. */
    halfMinutes: async (count: number, sampleOf: (nth: number) => ProbeValues | null, also = () => {}) => {
      for (let nth = 0; nth < count; nth++) {
        // the probe is started in the first second, and its samples are half a minute apart
        await clock.advance(400);
        const sample = sampleOf(nth);
        if (sample) service.sample(sample);
        also();
        await clock.advance(SAMPLE_MS - 400);
      }
    },
    /** Who would be notified of what, oldest first: what alarms publish, before the pager. */
    told: () =>
      monitor.sns
        .messages()
        .filter(({ topic }) => topic.endsWith('-alarms'))
        .reverse()
        .map(({ topic, message }) => {
          const { NewStateValue, AlarmName } = JSON.parse(message);
          return `${topic.replace('-alarms', '')}: ${AlarmName} ${NewStateValue}`;
        }),
    pages: () => service.told().filter((text) => text.endsWith(' ALARM')),
    inAlarm: () =>
      monitor.alarms
        .list()
        .filter(({ state }) => state === 'ALARM')
        .map(({ name }) => name.replace('tick-store-', '')),
  };
  return service;
}
