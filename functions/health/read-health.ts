import { type Health, type Sample, sample as sampleSchema } from '../contract/health.ts';
import { decodeIdCursor, encodeCursor, type Page, pageOf } from '../contract/page.ts';
import type { CallOptions, Database } from '../database/database.ts';
import { DatabaseError } from '../database/errors.ts';
import { orderMembers } from './order-members.ts';
import type { Platform } from './readings.ts';
import { listSamples, type StoredSample } from './sql/samples.ts';

/** A sample older than this many probe intervals does not show the current state. */
const STALE_AFTER_INTERVALS = 3;
/** A request for health should fail quickly instead of waiting. */
const HEALTH_TIMEOUT_MS = 5000;

const ASLEEP_TIMEOUT_MS = 1000;

/** A stored sample with its rating and its age. */
export interface StoredHealth {
  readonly sample: Sample;
  readonly status: StoredSample['status'];
  readonly alerts: readonly string[];
  readonly ageSeconds: number;
}

/**
 * The last sample, or undefined before the first.
 * @throws DatabaseError
 */
export async function findLastSample(database: Database, options: CallOptions): Promise<StoredHealth | undefined> {
  const [row] = await database.run<StoredSample>(listSamples(null, 1), options);
  return row && stored(row);
}

/** The health of a paused database: reading a sample would wake it. Null if it is, or may be, awake. */
export async function sleepingHealth(platform: Platform | null): Promise<Health | null> {
  try {
    if (!(await platform?.isSuspended(ASLEEP_TIMEOUT_MS))) return null;
  } catch {
    return null;
  }
  return {
    status: 'healthy',
    alerts: ['SUSPENDED: The database is paused until it is used'],
    sample: null,
    ageSeconds: null,
  };
}

/** The health by the last sample. If it cannot be read the health is critical. */
export async function currentHealth(
  database: Database,
  probeIntervalSeconds: number,
  options: CallOptions,
): Promise<Health> {
  const deadline = Math.min(options.deadline, Date.now() + HEALTH_TIMEOUT_MS);
  try {
    return judged(await findLastSample(database, { ...options, deadline }), probeIntervalSeconds);
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.kind === 'bug' || error.kind === 'constraint') throw error;
    const alerts = [`CRITICAL: Database unreachable: the last sample cannot be read (${error.kind})`];
    return { status: 'critical', alerts, sample: null, ageSeconds: null };
  }
}

/** The health by a sample. If the sample is too old the health is unknown. */
export function judged(found: StoredHealth | undefined, probeIntervalSeconds: number): Health {
  if (found === undefined) {
    return { status: 'unknown', alerts: ['UNKNOWN: No sample has been taken yet'], sample: null, ageSeconds: null };
  }
  const { sample, status, alerts, ageSeconds } = found;
  if (ageSeconds <= STALE_AFTER_INTERVALS * probeIntervalSeconds) {
    return { status, alerts: [...alerts], sample, ageSeconds };
  }
  const old = `UNKNOWN: The last sample is ${Math.round(ageSeconds)} s old: the probe is not running`;
  return { status: 'unknown', alerts: [old, ...alerts], sample, ageSeconds };
}

/**
 * Samples, newest first.
 * @throws Problem invalid_request for a cursor that is not valid; DatabaseError
 */
export async function listSamplePage(
  database: Database,
  query: { readonly limit: number; readonly cursor?: string | undefined },
  options: CallOptions,
): Promise<Page<Omit<StoredHealth, 'ageSeconds'>>> {
  const before = query.cursor === undefined ? null : decodeIdCursor(query.cursor);
  const rows = await database.run<StoredSample>(listSamples(before, query.limit + 1), options);
  const ids = new Map<object, number>();
  const found = rows.map((row) => {
    const { ageSeconds: _, ...entry } = stored(row);
    ids.set(entry, row.id);
    return entry;
  });
  return pageOf(found, query.limit, (entry) => encodeCursor(ids.get(entry) ?? 0));
}

const stored = ({ sample, status, alerts, age_seconds }: StoredSample): StoredHealth => ({
  status,
  alerts,
  sample: orderMembers(sampleSchema, sample) as Sample,
  ageSeconds: Math.round(Math.max(0, age_seconds) * 1000) / 1000,
});
