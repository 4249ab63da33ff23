import type { ThresholdName } from '../contract/thresholds.ts';

/**
 * The metrics of the service as data, and their only writer. A metric that is not in the catalogue cannot be emitted, and
 * the stack makes its alarms and dashboard from the same catalogue, so no alarm watches a metric that is never sent.
 */

/** The CloudWatch namespace of all metrics. */
export const NAMESPACE = 'TickStore';

/** CloudWatch's units. */
export type MetricUnit = 'Count' | 'Count/Second' | 'Milliseconds' | 'Seconds' | 'Percent' | 'Megabytes' | 'None';

/** What is known of a metric besides its name. */
export interface MetricDefinition {
  readonly unit: MetricUnit;
  /** `probe`: once per sample, by the health probe. `function`: once per invocation, by every function. */
  readonly source: 'probe' | 'function';
  /** Seconds per datapoint: 1 if an alarm evaluates more often than every minute. */
  readonly resolution: 1 | 60;
  /** The threshold that it is compared with. */
  readonly threshold?: ThresholdName;
}

/**
 * CloudWatch does not aggregate over dimensions: an alarm sees a metric under exactly one of these sets. Each further set of a
 * metric costs as another metric, 0.30 USD per month, so there is one.
 */
export const DIMENSION_SETS = {
  probe: [['Service']],
  function: [['Service']],
} as const satisfies Record<MetricDefinition['source'], readonly (readonly string[])[]>;

/** What turns a deployment back is counted per version of a function as well: the old version's failures are not the new one's. */
export const PER_VERSION = { metrics: ['FailedRequests'], dimensions: [['Service', 'Function', 'Version']] } as const;

const probe = /* @__NO_SIDE_EFFECTS__ */ (
  unit: MetricUnit,
  more: { resolution?: 1; threshold?: ThresholdName } = {},
): MetricDefinition & { source: 'probe' } => ({ unit, source: 'probe', resolution: 60, ...more });

const ofFunction = /* @__NO_SIDE_EFFECTS__ */ (
  unit: MetricUnit,
  more: { resolution?: 1; threshold?: ThresholdName } = {},
): MetricDefinition & { source: 'function' } => ({ unit, source: 'function', resolution: 60, ...more });

/** The metrics of the health probe. A bundle holds this table or that of the functions, not both. */
const PROBE_METRICS = {
  /** 0 if the database or the pooler was unreachable, else 1, also if the pool was exhausted. */
  ProbeUp: probe('Count', { resolution: 1 }),
  /** 1 if the pooler was reachable and had no connection for the probe, else 0. */
  PoolExhausted: probe('Count', { resolution: 1 }),
  /** 1 if the database is paused and the probe did not wake it. ProbeUp is then 1. */
  ProbeSuspended: probe('Count'),
  /** How long a sample took. */
  ProbeMs: probe('Milliseconds'),
  /** The status: 0 healthy, 1 warning, 2 critical. */
  HealthLevel: probe('Count'),
  /** 1 if the statistics were reset since the last sample, so that it has no deltas. */
  CountersReset: probe('Count'),

  /** Server connections in use as a share of the largest pool. */
  PoolUtilizationPercent: probe('Percent', { resolution: 1, threshold: 'poolUtilizationPercent' }),
  /** Server connections in use. */
  PoolInUse: probe('Count'),
  /** Clients that wait for a server connection. */
  PoolWaiting: probe('Count', { resolution: 1 }),
  /** How long the probe, as a client, waited for a connection. */
  PoolAcquireMs: probe('Milliseconds', { resolution: 1, threshold: 'acquireMs' }),
  /** Round trip of one statement on an open connection. */
  RoundTripMs: probe('Milliseconds'),

  /** Rows stored per second since the last sample, from the ledger. */
  InsertRatePerSecond: probe('Count/Second'),
  /** Share of received rows that were rejected since the last sample, from the ledger. */
  RejectedRowShare: probe('None', { threshold: 'rejectedRowShare' }),
  /** Mean execution time of the service’s statements, from pg_stat_statements. */
  StatementAverageMs: probe('Milliseconds', {
    threshold: 'averageQueryMs',
  }),

  /** Backends that are running a statement. */
  ActiveConnections: probe('Count'),
  /** Connections of all clients as a share of those that ordinary roles may open. */
  ConnectionShare: probe('None', { threshold: 'connectionShare' }),
  /** Age of the oldest open transaction. */
  LongestTransactionSeconds: probe('Seconds', { threshold: 'transactionSeconds' }),
  /** The longest time that an open transaction has been idle. */
  LongestIdleInTransactionSeconds: probe('Seconds', { threshold: 'idleInTransactionSeconds' }),
  /** The longest wait for a lock. */
  LongestLockWaitSeconds: probe('Seconds', { threshold: 'lockWaitSeconds' }),
  /** Deadlocks since the last sample. */
  Deadlocks: probe('Count', { threshold: 'deadlocks' }),
  /** Share of dead rows in the worst table with over 10,000 of them. 0 if there is none. */
  DeadTupleRatio: probe('None', {
    threshold: 'deadTupleRatio',
  }),
  /** Age of the oldest transaction id as a share of 2^31. */
  XidAgeRatio: probe('None', { threshold: 'xidAgeRatio' }),
  /** Lag of the slowest replica. Missing if there is none. */
  ReplicaLagSeconds: probe('Seconds', { threshold: 'replicaLagSeconds' }),
  /** Share of blocks found in shared buffers since the last sample. */
  CacheHitRatio: probe('None'),
  /** Size of the database on disk. */
  DatabaseSizeMb: probe('Megabytes'),
  /** Days until the first table runs out of prepared partitions. */
  PartitionRunwayDays: probe('None', { threshold: 'partitionRunwayDays' }),

  /** How long the oldest large operation has made no step. 0 where none is under way. */
  OperationStallSeconds: probe('Seconds'),
} as const satisfies Record<string, MetricDefinition>;

/** The metrics of every function. */
const FUNCTION_METRICS = {
  /** An invocation, from the event to the response. */
  TotalMs: ofFunction('Milliseconds'),
  /** Each wait for a connection, except those of a cold start. */
  AcquireMs: ofFunction('Milliseconds', { threshold: 'acquireMs' }),
  /** Each call to the database, without the wait for a connection. */
  QueryMs: ofFunction('Milliseconds'),
  /** Each call to the database that writes no rows, without the wait. */
  ReadMs: ofFunction('Milliseconds', { threshold: 'averageQueryMs' }),
  /** Writing a batch, per 1,000 rows; a smaller batch counts whole. */
  InsertMsPer1000Rows: ofFunction('Milliseconds'),
  /** Each batch written. */
  BulkInsertMs: ofFunction('Milliseconds'),
  /** Each read except those of the newest rows. */
  SelectMs: ofFunction('Milliseconds'),
  /** Each read of the newest rows. */
  SelectLatestMs: ofFunction('Milliseconds'),
  /** Each deletion. */
  SoftDeleteMs: ofFunction('Milliseconds'),
  /** Each restoration. */
  RestoreMs: ofFunction('Milliseconds'),
  /** Calls to the database that were retried. */
  Retries: ofFunction('Count'),
  /** 1 if a stored response was returned again. */
  IdempotentReplays: ofFunction('Count'),
  /** 1 for the first invocation of an execution environment. */
  ColdStart: ofFunction('Count'),
  /** Rows of a batch. */
  RowsReceived: ofFunction('Count'),
  /** Rows stored. */
  RowsInserted: ofFunction('Count'),
  /** Rows stored in place of another one, by a correction. */
  RowsReplaced: ofFunction('Count'),
  /** Rows rejected by validation, including those of a batch that was refused as a whole. */
  RowsRejected: ofFunction('Count'),
  /** Rows that were already stored. */
  RowsDuplicate: ofFunction('Count'),
  /** Rows already stored with other values. */
  RowsConflicting: ofFunction('Count'),
  /** Rows already stored and soft-deleted. */
  RowsTombstoned: ofFunction('Count'),
  /** Rows that a deletion changed. */
  RowsDeleted: ofFunction('Count'),
  /** Rows that a restoration changed. */
  RowsRestored: ofFunction('Count'),
  /** 1 if the response was a 4xx. */
  ClientErrors: ofFunction('Count'),
  /** 1 if no connection was available in time. */
  OverloadErrors: ofFunction('Count', { resolution: 1 }),
  /** 1 if the database or the pooler was unavailable. */
  UnavailableErrors: ofFunction('Count', { resolution: 1 }),
  /** 1 if the database took too long. */
  TimeoutErrors: ofFunction('Count'),
  /** 1 if another transaction blocked the request. */
  ConflictErrors: ofFunction('Count'),
  /** 1 if the service itself was at fault. */
  InternalErrors: ofFunction('Count'),
  /** 1 if the request failed by InternalErrors or TimeoutErrors; also per version. */
  FailedRequests: ofFunction('Count'),
  /** 1 if the response was a 5xx, whatever its kind. */
  ServerErrors: ofFunction('Count'),
  /** 1 if /v1/health responded 503 because the service is not healthy. */
  UnhealthyResponses: ofFunction('Count'),
} as const satisfies Record<string, MetricDefinition>;

/** The catalogue: every metric by its name. */
export const METRICS = /* @__PURE__ */ Object.assign({}, PROBE_METRICS, FUNCTION_METRICS);

/** A metric of the probe. */
export type ProbeMetric = keyof typeof PROBE_METRICS;
/** A metric of every function. */
export type FunctionMetric = keyof typeof FUNCTION_METRICS;
/** The name of a metric. */
export type MetricName = ProbeMetric | FunctionMetric;

/** A value, a list of values that CloudWatch turns into a distribution, or null if it is unknown and left out. */
export type MetricValue = number | readonly number[] | null;
/** The values of one sample. */
export type ProbeValues = { readonly [N in ProbeMetric]?: MetricValue };
/** The values of one invocation. */
export type FunctionValues = { readonly [N in FunctionMetric]?: MetricValue };

/** Most values of one metric in one line: the EMF specification's. */
const MAX_VALUES = 100;

/** Who emits: the dimensions' values. */
export interface Emitter {
  /** SERVICE_NAME: distinguishes two deployments in one account. */
  readonly service: string;
  /** FUNCTION_NAME: the entry's short name, `ingest`. */
  readonly functionName: string;
  /** AWS_LAMBDA_FUNCTION_VERSION. */
  readonly version?: string;
}

/** The line of one sample. */
export const probeMetrics = (values: ProbeValues, emitter: Emitter, properties: Properties = {}): string =>
  emfLine('probe', PROBE_METRICS, values, { Service: emitter.service }, properties);

/** The line of one invocation. */
export const functionMetrics = (values: FunctionValues, emitter: Emitter, properties: Properties = {}): string =>
  emfLine(
    'function',
    FUNCTION_METRICS,
    values,
    { Service: emitter.service, Function: emitter.functionName, Version: emitter.version ?? '$LATEST' },
    properties,
  );

/** Ids that lead from a metric to its log lines. Never a row's values, a DSN or a secret. */
export type Properties = Readonly<Record<string, string | number | null | undefined>>;

/**
 * One line of CloudWatch's embedded metric format: at most 100 metrics, each a finite number or at most 100 of them, all
 * targets and dimensions at the root. Unknown values are left out: an invented zero would be taken for a measurement.
 */
function emfLine(
  source: MetricDefinition['source'],
  table: Readonly<Record<string, MetricDefinition>>,
  values: Readonly<Record<string, MetricValue | undefined>>,
  dimensions: Readonly<Record<string, string>>,
  properties: Properties,
): string {
  const targets: Record<string, number | number[]> = {};
  const metrics: { readonly Name: string; readonly Unit: MetricUnit; readonly StorageResolution?: 1 }[] = [];
  for (const [name, value] of Object.entries(values)) {
    const target = targetOf(value);
    if (target === undefined) continue;
    const { unit, resolution } = table[name] as MetricDefinition;
    targets[name] = target;
    metrics.push({ Name: name, Unit: unit, ...(resolution === 1 ? { StorageResolution: 1 } : {}) });
  }
  const Dimensions = DIMENSION_SETS[source];
  const perVersion = metrics.filter(({ Name }) => (PER_VERSION.metrics as readonly string[]).includes(Name));
  const CloudWatchMetrics = [
    { Namespace: NAMESPACE, Dimensions, Metrics: metrics },
    ...(perVersion.length > 0
      ? [{ Namespace: NAMESPACE, Dimensions: PER_VERSION.dimensions, Metrics: perVersion }]
      : []),
  ];
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

/** All values if they fit, else 100 of them, evenly spread from the smallest to the largest. */
function thinned(values: readonly number[]): number[] {
  if (values.length <= MAX_VALUES) return [...values];
  const sorted = [...values].sort((a, b) => a - b);
  const step = (sorted.length - 1) / (MAX_VALUES - 1);
  return Array.from({ length: MAX_VALUES }, (_, i) => sorted[Math.round(i * step)] as number);
}
