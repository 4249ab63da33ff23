import type { ThresholdName } from '../contract/thresholds.ts';

/**
 * The metrics of the service, as data, and their only writer. A metric that is not in the catalogue cannot be emitted, and
 * the stack makes its alarms and its dashboard from the same catalogue, so no alarm watches what nobody sends.
 */

export const NAMESPACE = 'TickStore';

/** CloudWatch's own words. */
export type MetricUnit = 'Count' | 'Count/Second' | 'Milliseconds' | 'Seconds' | 'Percent' | 'Megabytes' | 'None';

export interface MetricDefinition {
  readonly unit: MetricUnit;
  /** `probe`: once a sample, by the health probe. `function`: once an invocation, by every function. */
  readonly source: 'probe' | 'function';
  /** Seconds of a datapoint: 1 where an alarm looks more often than each minute. */
  readonly resolution: 1 | 60;
  readonly description: string;
  /** The threshold that judges it. */
  readonly threshold?: ThresholdName;
}

/** CloudWatch adds nothing up: an alarm sees a metric under exactly one of these sets. */
export const DIMENSION_SETS = {
  probe: [['Service']],
  function: [['Service'], ['Service', 'Function']],
} as const satisfies Record<MetricDefinition['source'], readonly (readonly string[])[]>;

const probe = (
  unit: MetricUnit,
  description: string,
  more: { resolution?: 1; threshold?: ThresholdName } = {},
): MetricDefinition & { source: 'probe' } => ({ unit, source: 'probe', resolution: 60, description, ...more });

const ofFunction = (
  unit: MetricUnit,
  description: string,
  more: { resolution?: 1; threshold?: ThresholdName } = {},
): MetricDefinition & { source: 'function' } => ({ unit, source: 'function', resolution: 60, description, ...more });

export const METRICS = {
  ProbeUp: probe('Count', '1 where the probe reached the database through the pooler and had its answer, else 0.', {
    resolution: 1,
  }),
  ProbeSuspended: probe('Count', '1 where the database sleeps and the probe let it; ProbeUp is 1 then.'),
  ProbeMs: probe('Milliseconds', 'How long a sample took.'),
  HealthLevel: probe('Count', 'The status: 0 healthy, 1 warning, 2 critical.'),
  CountersReset: probe('Count', '1 where the statistics were reset since the last sample: no deltas this time.'),

  PoolUtilizationPercent: probe('Percent', 'Server connections in use, of the pool at its largest.', {
    resolution: 1,
    threshold: 'poolUtilizationPercent',
  }),
  PoolInUse: probe('Count', 'Server connections in use.'),
  PoolWaiting: probe('Count', 'Clients that wait for a server connection.', { resolution: 1 }),
  PoolAcquireMs: probe('Milliseconds', 'What the probe, as a client, waited for a connection.', {
    resolution: 1,
    threshold: 'acquireMs',
  }),
  RoundTripMs: probe('Milliseconds', 'From a statement sent to its answer, once connected.'),

  InsertRatePerSecond: probe('Count/Second', 'Rows stored per second since the last sample, by the ledger.'),
  RejectedRowShare: probe('None', 'Rejected of the rows received since the last sample, by the ledger.', {
    threshold: 'rejectedRowShare',
  }),
  StatementAverageMs: probe('Milliseconds', 'Mean execution of our statements, by pg_stat_statements.', {
    threshold: 'averageQueryMs',
  }),

  ActiveConnections: probe('Count', 'Backends that run a statement.'),
  ConnectionShare: probe('None', 'Connections of all clients, share of those Postgres grants.', {
    threshold: 'connectionShare',
  }),
  LongestTransactionSeconds: probe('Seconds', 'The oldest transaction still open.', {
    threshold: 'transactionSeconds',
  }),
  LongestIdleInTransactionSeconds: probe('Seconds', 'The longest idleness inside a transaction.', {
    threshold: 'idleInTransactionSeconds',
  }),
  LongestLockWaitSeconds: probe('Seconds', 'The longest wait for a lock.', { threshold: 'lockWaitSeconds' }),
  Deadlocks: probe('Count', 'Deadlocks since the last sample.', { threshold: 'deadlocks' }),
  DeadTupleRatio: probe('None', 'Dead rows of the worst table with over 10,000 of them; 0 where there is none.', {
    threshold: 'deadTupleRatio',
  }),
  XidAgeRatio: probe('None', 'Age of the oldest transaction id, of 2^31.', { threshold: 'xidAgeRatio' }),
  ReplicaLagSeconds: probe('Seconds', 'The slowest replica; missing where there is none.', {
    threshold: 'replicaLagSeconds',
  }),
  CacheHitRatio: probe('None', 'Blocks found in shared buffers since the last sample.'),
  DatabaseSizeMb: probe('Megabytes', 'The database on disk.'),
  PartitionRunwayDays: probe('None', 'Days until the first table runs out of partitions made ahead.', {
    threshold: 'partitionRunwayDays',
  }),
  DefaultPartitionRows: probe('Count', 'Rows in default partitions, counted up to 1,000,000.', {
    threshold: 'defaultPartitionRows',
  }),

  TotalMs: ofFunction('Milliseconds', 'An invocation, from the event to the answer.'),
  AcquireMs: ofFunction('Milliseconds', 'Each wait for a connection, and for the pooler to give it a server.', {
    resolution: 1,
    threshold: 'acquireMs',
  }),
  QueryMs: ofFunction('Milliseconds', 'Each call to the database, without the wait for a connection.', {
    threshold: 'averageQueryMs',
  }),
  BulkInsertMs: ofFunction('Milliseconds', 'Each batch written.'),
  SelectMs: ofFunction('Milliseconds', 'Each read but those of the newest rows.'),
  SelectLatestMs: ofFunction('Milliseconds', 'Each read of the newest rows.'),
  SoftDeleteMs: ofFunction('Milliseconds', 'Each deletion.'),
  RestoreMs: ofFunction('Milliseconds', 'Each restoration.'),
  Retries: ofFunction('Count', 'Calls to the database that were tried again.'),
  IdempotentReplays: ofFunction('Count', '1 where a stored answer was given again.'),
  ColdStart: ofFunction('Count', '1 for the first invocation of an execution environment.'),
  RowsReceived: ofFunction('Count', 'Rows of a batch.'),
  RowsInserted: ofFunction('Count', 'Rows stored.'),
  RowsRejected: ofFunction('Count', 'Rows refused by validation, also of a batch that was refused whole.'),
  RowsDuplicate: ofFunction('Count', 'Rows that were stored already.'),
  RowsConflicting: ofFunction('Count', 'Rows stored already with other values.'),
  RowsTombstoned: ofFunction('Count', 'Rows stored already and deleted.'),
  RowsDeleted: ofFunction('Count', 'Rows that a deletion changed.'),
  RowsRestored: ofFunction('Count', 'Rows that a restoration changed.'),
  ClientErrors: ofFunction('Count', '1 where the answer was a 4xx.'),
  OverloadErrors: ofFunction('Count', '1 where no connection was to be had.', { resolution: 1 }),
  UnavailableErrors: ofFunction('Count', '1 where the database or the pooler was unavailable.', { resolution: 1 }),
  TimeoutErrors: ofFunction('Count', '1 where the database took too long.'),
  ConflictErrors: ofFunction('Count', '1 where another transaction was in the way.'),
  InternalErrors: ofFunction('Count', '1 where the fault was ours.'),
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof METRICS;
type OfSource<S extends MetricDefinition['source']> = {
  [N in MetricName]: (typeof METRICS)[N]['source'] extends S ? N : never;
}[MetricName];
export type ProbeMetric = OfSource<'probe'>;
export type FunctionMetric = OfSource<'function'>;

/** A value, a list of values that CloudWatch makes a distribution of, or null where it is not known: then it is left out. */
export type MetricValue = number | readonly number[] | null;
export type ProbeValues = { readonly [N in ProbeMetric]?: MetricValue };
export type FunctionValues = { readonly [N in FunctionMetric]?: MetricValue };

/** Most values of one metric in one line: the EMF specification's. */
const MAX_VALUES = 100;

/** Who emits: the dimensions' values. */
export interface Emitter {
  /** SERVICE_NAME: tells two deployments in one account apart. */
  readonly service: string;
  /** FUNCTION_NAME: the entry's short name, `ingest`. */
  readonly functionName: string;
}

/** The line of one sample. */
export const probeMetrics = (values: ProbeValues, emitter: Emitter, properties: Properties = {}): string =>
  emfLine('probe', values, { Service: emitter.service }, properties);

/** The line of one invocation. */
export const functionMetrics = (values: FunctionValues, emitter: Emitter, properties: Properties = {}): string =>
  emfLine('function', values, { Service: emitter.service, Function: emitter.functionName }, properties);

/** Ids that lead from a metric to its log lines. Never a row's values, a DSN or a secret. */
export type Properties = Readonly<Record<string, string | number | null | undefined>>;

/**
 * One line of CloudWatch's embedded metric format: at most 100 metrics, each a finite number or at most 100 of them, all
 * targets and dimensions at the root. Values that are not known are not sent, for a made-up zero would be believed.
 */
function emfLine(
  source: MetricDefinition['source'],
  values: Readonly<Record<string, MetricValue | undefined>>,
  dimensions: Readonly<Record<string, string>>,
  properties: Properties,
): string {
  const targets: Record<string, number | number[]> = {};
  const metrics: object[] = [];
  for (const [name, value] of Object.entries(values)) {
    const target = targetOf(value);
    if (target === undefined) continue;
    const { unit, resolution } = METRICS[name as MetricName];
    targets[name] = target;
    metrics.push({ Name: name, Unit: unit, ...(resolution === 1 ? { StorageResolution: 1 } : {}) });
  }
  const Dimensions = DIMENSION_SETS[source];
  const CloudWatchMetrics = [{ Namespace: NAMESPACE, Dimensions, Metrics: metrics }];
  return JSON.stringify({
    _aws: { Timestamp: Date.now(), CloudWatchMetrics },
    ...properties,
    ...dimensions,
    ...targets,
  });
}

function targetOf(value: MetricValue | undefined): number | number[] | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (value === null || value === undefined) return undefined;
  const finite = value.filter(Number.isFinite);
  return finite.length === 0 ? undefined : thinned(finite);
}

/** All values where they fit; else 100 of them, evenly spread over the order from the least to the greatest. */
function thinned(values: readonly number[]): number[] {
  if (values.length <= MAX_VALUES) return [...values];
  const sorted = [...values].sort((a, b) => a - b);
  const step = (sorted.length - 1) / (MAX_VALUES - 1);
  return Array.from({ length: MAX_VALUES }, (_, i) => sorted[Math.round(i * step)] as number);
}
