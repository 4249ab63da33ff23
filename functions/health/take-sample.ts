import { setTimeout as sleep } from 'node:timers/promises';
import { DEAD_TUPLES_THAT_COUNT, type Thresholds } from '../contract/thresholds.ts';
import type { Database, Statement } from '../database/database.ts';
import { DatabaseError } from '../database/errors.ts';
import type { CallRecorder } from '../metrics/call-recorder.ts';
import { type Emitter, probeMetrics } from '../metrics/metric-catalogue.ts';
import { describeError } from '../runtime/describe-error.ts';
import type { Logger } from '../runtime/logger.ts';
import { type Analysis, analyse } from './analyse-sample.ts';
import { buildSample, type Findings } from './build-sample.ts';
import { ASLEEP_MS, isAsleep } from './is-asleep.ts';
import type { PendingSamples } from './pending-samples.ts';
import type { PoolerView } from './read-pooler.ts';
import type { Platform, Readings } from './readings.ts';
import { sampleMetrics } from './sample-metrics.ts';
import type { NewSample } from './sql/samples.ts';
import { healthSignals, type Signals } from './sql/signals.ts';

/**
 * How long each step may take, in milliseconds. The longest path, with a pooler and a database that do not respond, ends
 * after asleep + console + pooled + direct = 8.75 s. Only then is anything stored.
 */
export const LIMITS = {
  /** To find out whether the database is paused. */
  asleep: ASLEEP_MS,
  /** For a connection, and again for the pooler to assign a server. The driver's own limit. */
  acquire: 3500,
  /** Everything through the pooler. */
  pooled: 5500,
  /** The same over a direct connection, not through the pooler. */
  direct: 2000,
  /** For the pooler's console alone, before anything else uses the pooler. */
  console: 250,
  /** For the pooler's console and the platform's monitoring, in parallel. */
  parallel: 3000,
  /** To store the sample. */
  store: 1200,
} as const;

/** The driver's margin before a deadline, which would otherwise be subtracted from each limit. */
const DRIVER_MARGIN_MS = 500;

/** What the probe needs to take a sample. */
export interface ProbeServices {
  /** Through the pooler, as every function connects. */
  readonly database: Database;
  /** Records the calls to that database. */
  readonly recorder: CallRecorder;
  /** Over a direct connection, not through the pooler, if that is possible. */
  readonly direct: Database | null;
  /** The pooler's console, if it has one. */
  readonly pooler: ((timeoutMs: number) => Promise<PoolerView>) | null;
  /** The platform's monitoring, if it is enabled. */
  readonly platform: Platform | null;
  readonly maySleep: boolean;
  /** Samples that could not be stored yet. */
  readonly pending: PendingSamples;
  readonly thresholds: Thresholds;
  readonly poolSize: Findings['poolSize'];
  readonly emitter: Emitter;
  readonly logger: Logger;
  readonly write: (line: string) => void;
}

/**
 * Takes one sample: measures, rates, emits, logs and stores it, in this order. So whatever hangs, the metrics and the
 * reason are out within 10 s. Never throws.
 *
 * It costs one pooled connection, with two transactions (`select 1`; the signals) and the statement that stores the
 * sample: 3 statements besides begin and commit, 5 round trips, 9.3 kB sent and 3.6 kB received. The signals take 7 ms and
 * all of it 20 ms on 2 local cores with 7 partitions. The console adds a connection outside any pool, 4 round trips, 3 kB.
 */
export async function takeSample(services: ProbeServices): Promise<Analysis> {
  const { emitter, logger, thresholds } = services;
  const started = performance.now();
  const { sample, counters, via, operationStallSeconds } = await findings(services);
  const analysis = analyse(sample, thresholds);
  const ms = Math.round(performance.now() - started);
  const values = {
    ...sampleMetrics(sample, analysis.status, ms),
    OperationStallSeconds: operationStallSeconds,
  };
  services.write(probeMetrics(values, emitter, { takenAt: sample.takenAt }));
  const { up, suspended, reason } = sample.probe;
  logger.info('health sample', { ...analysis, up, suspended, reason, ms });
  if (!suspended) await store(services, via, { ...analysis, takenAt: sample.takenAt, sample, counters });
  // the probe's calls are not the service's
  services.recorder.take();
  return analysis;
}

/** Returns a sample in any case. If the probe itself fails, the sample reports that. */
async function findings(services: ProbeServices) {
  try {
    const { found, via } = await ask(services);
    return { ...buildSample(found), via };
  } catch (error) {
    services.logger.error('the probe itself failed', { error: describeError(error) });
    const reason = `the health probe failed (${reasonOf(error)})`;
    const takenAt = new Date().toISOString();
    const found: Findings = { ...nothing(services), takenAt, cause: 'unreachable', reason };
    return { ...buildSample(found), via: null };
  }
}

const nothing = ({ poolSize }: ProbeServices) => ({
  acquireMs: null,
  slowestAcquireMs: null,
  roundTripMs: null,
  signals: null,
  pooler: null,
  readings: null,
  up: false,
  suspended: false,
  cause: null,
  reason: null,
  poolSize,
});

interface Asked {
  readonly found: Findings;
  /** The connection on which the database responded. */
  readonly via: Database | null;
}

async function ask(services: ProbeServices): Promise<Asked> {
  const takenAt = new Date().toISOString();
  if (await isAsleep(services.platform, services.maySleep, services.logger)) {
    return { via: null, found: { ...nothing(services), takenAt, suspended: true } };
  }
  const viewing = inParallel<PoolerView>(services, 'pooler console', (limit) => services.pooler?.(limit));
  const reading = inParallel<Readings>(services, 'platform metrics', (limit) => services.platform?.readings(limit));
  // first, so that the probe does not count itself
  await Promise.race([viewing, sleep(LIMITS.console)]);
  const [pooled, pooler, readings] = await Promise.all([askPooled(services), viewing, reading]);
  const up = pooled.signals !== null;
  const signals = pooled.signals ?? (await askDirect(services));
  return {
    via: up ? services.database : signals && services.direct,
    found: {
      ...nothing(services),
      ...pooled,
      takenAt: signals?.now ?? takenAt,
      up,
      cause: up ? null : causeOf(services, pooled, pooler, signals),
      signals,
      pooler,
      readings,
    },
  };
}

type Pooled = Pick<Findings, 'signals' | 'acquireMs' | 'slowestAcquireMs' | 'roundTripMs' | 'reason'> & {
  /** Whether the pooler let it wait and gave it no connection. */
  readonly waited: boolean;
};

/**
 * A pooler lets clients wait if its pool is exhausted, and also if its database is down. The pooler's console distinguishes
 * the two, or else a direct connection to Postgres. Without either, the pool counts as exhausted if it was nearly full at
 * the last sample.
 */
function causeOf(
  { poolSize, pending, thresholds }: ProbeServices,
  { waited }: Pooled,
  pooler: PoolerView | null,
  signals: Signals | null,
): Findings['cause'] {
  if (!waited) return 'unreachable';
  const inUse = pooler?.inUse ?? signals?.activity.poolInUse;
  if (inUse !== undefined) return inUse >= poolSize.max ? 'pool_exhausted' : 'unreachable';
  const before = pending.lastUtilizationPercent ?? 0;
  return before >= thresholds.poolUtilizationPercent.warning ? 'pool_exhausted' : 'unreachable';
}

const ROUND_TRIP: Statement = { name: 'round-trip', text: 'select 1', values: [] };

/**
 * Measures as a client, including how long a client waits. The first transaction may have to connect, which a function
 * does once in its lifetime, so the wait of the second one counts.
 */
async function askPooled({ database, recorder }: ProbeServices): Promise<Pooled> {
  const options = { deadline: Date.now() + LIMITS.pooled + DRIVER_MARGIN_MS, idempotent: true };
  recorder.take();
  try {
    await database.transaction([ROUND_TRIP], options);
    const [rows] = await database.transaction([healthSignals(DEAD_TUPLES_THAT_COUNT)], options);
    const [first, second] = recorder.take();
    const waits = [first?.acquireMs ?? 0, second?.acquireMs ?? 0];
    return {
      signals: rows?.[0] as Signals,
      acquireMs: second?.acquireMs ?? null,
      slowestAcquireMs: second?.acquireMs == null ? null : Math.max(...waits),
      roundTripMs: first?.ms ?? null,
      reason: null,
      waited: false,
    };
  } catch (error) {
    const wait = recorder.take().at(-1)?.acquireMs ?? null;
    // a rejected client has waited at least this long; one that could not connect has not waited for a server
    const waited = error instanceof DatabaseError && error.kind === 'overload';
    const acquireMs = waited ? wait : null;
    const reason = reasonOf(error);
    return { signals: null, acquireMs, slowestAcquireMs: acquireMs, roundTripMs: null, reason, waited };
  }
}

async function askDirect({ direct, logger }: ProbeServices): Promise<Signals | null> {
  if (!direct) return null;
  const options = { deadline: Date.now() + LIMITS.direct + DRIVER_MARGIN_MS, idempotent: true };
  try {
    return (await direct.run<Signals>(healthSignals(DEAD_TUPLES_THAT_COUNT), options))[0] ?? null;
  } catch (error) {
    logger.warn('the database does not respond directly either', { reason: reasonOf(error) });
    return null;
  }
}

/** Reads what is useful but not required: a failure is logged. */
async function inParallel<T>(
  { logger }: ProbeServices,
  what: string,
  asking: (timeoutMs: number) => Promise<T> | undefined,
): Promise<T | null> {
  try {
    return (await asking(LIMITS.parallel)) ?? null;
  } catch (error) {
    logger.warn(`no ${what}`, { reason: reasonOf(error) });
    return null;
  }
}

/** Stores the sample together with pending ones, or adds it to them. */
async function store({ logger, pending }: ProbeServices, via: Database | null, sample: NewSample): Promise<void> {
  const deadline = Date.now() + LIMITS.store + DRIVER_MARGIN_MS;
  try {
    await pending.store(via, sample, { deadline, idempotent: false });
  } catch (error) {
    logger.error('the sample could not be stored', { reason: reasonOf(error) });
  }
}

/** The reason in words that may be shown: codes and fixed texts, never a host, a user or a statement. */
function reasonOf(error: unknown): string {
  if (!(error instanceof DatabaseError)) return error instanceof Error ? error.name : 'unknown error';
  const { code } = error.fields;
  const why = {
    overload: `no connection was free in ${LIMITS.acquire / 1000} s`,
    unavailable: 'the database or the pooler is unreachable',
    timeout: 'no response in time',
    conflict: 'blocked by a lock',
    constraint: 'rejected by the database',
    bug: 'unexpected database error',
  }[error.kind];
  return code === undefined ? why : `${why} (${code})`;
}
