import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type LocalDatabase,
  ManualClock,
  type Monitor,
  queueMetrics,
  type Resource,
  readAssembly,
  resolveTemplate,
  serverFaults,
} from '@tick-store/local-cloud';
import { readConfig } from '../../lib/config/schema.ts';
import type { DrillTarget } from '../../lib/drills/drill.ts';
import type { ObservedService } from '../../lib/drills/service-under-drill.ts';
import { drillFaults } from '../../lib/local/drill-faults.ts';
import { synthesiseApp } from '../../lib/local/synthesise-app.ts';
import { startMigratedDatabase } from './migrations.ts';
import { PAGER_RESOURCES, startPager } from './pager.ts';
import { startService, type TestService } from './service.ts';

const ACCOUNT = { account: '000000000000', region: 'eu-central-1' };
const ALARMS = /^AWS::(CloudWatch::(Composite)?Alarm|SNS::(Topic|Subscription)|SQS::Queue)$/;
/** A small pool, which is soon exhausted. */
const POOL = { baseConnections: 3, overflowConnections: 3 };

/**
 * A real service, except for the clock of its alarms: supervised PostgreSQL and PgBouncer, the functions, the pager, and
 * the alarms of the synthesised template, on a clock that the test controls. The test runs the probe, and metrics of the
 * functions get the clock's time.
 */
export interface WatchedService {
  readonly clock: ManualClock;
  readonly monitor: Monitor;
  readonly service: TestService;
  readonly target: DrillTarget;
  readonly observed: ObservedService;
  /** Advances the clock by half a minute: takes a sample, reads the metrics written meanwhile, and evaluates the alarms. */
  halfMinute(): Promise<void>;
  stop(): Promise<void>;
}

/** @param change changes a resource of the template, for what a test cannot wait for */
export async function startWatchedService(
  change: (resource: Resource) => Resource = (resource) => resource,
): Promise<WatchedService> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'tick-store-drills-'));
  // mkdtemp allows only its owner; under root, another account runs the servers and must be able to enter
  chmodSync(dataDirectory, 0o711);
  const { pooler } = readConfig({ pooler: POOL });
  const onGivenUp = (error: Error) => {
    throw error;
  };
  const database = await startMigratedDatabase({ dataDirectory, pooler, print: () => undefined, onGivenUp });
  const service = await startService({ database: testDatabase(database), environment: environmentOf(database) });
  const clock = new ManualClock(Math.floor(Date.now() / 60_000) * 60_000);
  const { resources, assets } = await watchedResources();
  const pager = await startPager({ resources: resources.map(change), assets, clock });
  const { monitor } = pager;
  monitor.start();
  const paused = new Set<string>();
  let continuing: Promise<unknown> = Promise.resolve();
  const pauseSchedule = (ending: string) => {
    paused.add(ending);
    return () => {
      paused.delete(ending);
      // a drill needs only the first run of each other schedule after a pause
      if (ending === '-continue-operations')
        continuing = service.environments.invoke('maintain-partitions', { task: 'operations' });
    };
  };
  const known = { ...serverFaults(database), ...drillFaults({ database, monitor, pauseSchedule }) };
  let read = 0;
  return {
    clock,
    monitor,
    service,
    target: {
      call: async (method, path, body) => {
        const { status, text } = await service.request(method, path, body);
        if (status >= 400) throw new Error(`${method} ${path} responded ${status}: ${text}`);
        return JSON.parse(text);
      },
      injectFault: async (name) => {
        const inject = known[name];
        if (inject === undefined) throw new Error(`there is no fault ${name}`);
        const { lift, details } = await inject();
        return { lift: async () => lift(), ...(details === undefined ? {} : { details }) };
      },
    },
    observed: {
      alarms: async () => monitor.alarms.list(),
      messages: async () => monitor.sns.messages(),
      health: () =>
        service.get('/v1/health').then(
          ({ body }) => String(body?.status),
          (error: Error) => error.message,
        ),
    },
    halfMinute: async () => {
      await continuing;
      if (!paused.has('-probe-health')) await service.environments.invoke('probe-health', {});
      for (const line of service.logs.slice(read))
        monitor.functionLine('', line.replace(/"Timestamp":\d+/, `"Timestamp":${clock.now()}`));
      read = service.logs.length;
      for (const queue of monitor.queues.values())
        monitor.metrics.put(queueMetrics(queue.name, queue.counts(clock.now()), clock.now()));
      await clock.advance(30_000);
      await pager.settled();
    },
    stop: async () => {
      await pager.stop();
      await service.stop();
      await service.environments.stop();
      await database.stop();
      rmSync(dataDirectory, { recursive: true, force: true });
    },
  };
}

/** The assembly of the backend without RDS Proxy. It is cached by its inputs, so it is seldom synthesised. */
async function watchedResources() {
  const app = await synthesiseApp({ backend: 'postgres', signal: new AbortController().signal });
  const { template, assets, stack } = readAssembly(app.directory);
  const isRun = (type: string) => ALARMS.test(type) || PAGER_RESOURCES.test(type);
  return { assets, resources: resolveTemplate(template, { ...ACCOUNT, stack, values: {}, isRun }) };
}

const testDatabase = ({ postgres, pooler }: LocalDatabase) => ({
  name: 'tick_store',
  appUrl: pooler.appUrl,
  ownerUrl: postgres.ownerUrl,
  superuserUrl: Object.assign(new URL(postgres.superuserUrl), { pathname: '/tick_store' }).href,
  drop: async () => undefined,
});

function environmentOf({ postgres, pooler }: LocalDatabase): Record<string, string> {
  const direct = Object.assign(new URL(pooler.appUrl), { port: String(postgres.port) });
  return {
    POOLER_ADMIN_URL: pooler.adminUrl,
    DIRECT_DATABASE_URL: direct.href,
    POOL_BASE_CONNECTIONS: String(POOL.baseConnections),
    POOL_MAX_CONNECTIONS: String(POOL.baseConnections + POOL.overflowConnections),
  };
}
