// Generated from the OpenAPI document by `npm run generate:client`: edit functions/contract instead.

export type AlertLog = {
  readonly id: number;
  /** ISO 8601 with microseconds. */
  readonly timestamp: string;
  readonly ruleId: number;
  readonly ruleName: string;
  readonly instrumentId: number;
  /** The market symbol of an instrument. Case matters, but no two symbols differ only in case. */
  readonly symbol: string;
  readonly instrumentName: string;
  readonly triggerValue: number;
  readonly thresholdValue: number;
  readonly firedStatus: 'fired' | 'suppressed' | 'error';
  readonly deliveryStatus: 'pending' | 'in_app_sent' | 'sound_played' | 'slack_sent' | 'all_delivered' | 'failed';
  readonly evaluationTimeMs: number | null;
  readonly ruleCondition: string | null;
  readonly alertMessage: string | null;
  readonly errorMessage: string | null;
  readonly deliveryAttemptedAt: string | null;
  readonly deliveryCompletedAt: string | null;
  readonly batchId: number;
  readonly deletedAt: string | null;
  readonly deletedBy: number | null;
};

export type AlertLogRecord = {
  /** Time of the record, from 1970 to one day from now. */
  readonly timestamp: string | number;
  /** The instrument. `symbol` is the alternative, and either can be a query parameter. */
  readonly instrumentId?: number | null | undefined;
  readonly symbol?: string | null | undefined;
  /** The rule that fired. */
  readonly ruleId: number;
  /** The value that met the condition. */
  readonly triggerValue: number;
  /** The threshold that it was compared with. */
  readonly thresholdValue: number;
  /** What the rule did. */
  readonly firedStatus: 'fired' | 'suppressed' | 'error';
  /** State of the notification. Defaults to `pending`. */
  readonly deliveryStatus?:
    | 'pending'
    | 'in_app_sent'
    | 'sound_played'
    | 'slack_sent'
    | 'all_delivered'
    | 'failed'
    | null
    | undefined;
  /** How long the evaluation took, in milliseconds. */
  readonly evaluationTimeMs?: number | null | undefined;
  /** The condition when the rule fired. */
  readonly ruleCondition?: string | null | undefined;
  /** The notification text. */
  readonly alertMessage?: string | null | undefined;
  /** Why the rule or its delivery failed. */
  readonly errorMessage?: string | null | undefined;
  /** When delivery began. */
  readonly deliveryAttemptedAt?: string | number | null | undefined;
  /** When delivery ended. */
  readonly deliveryCompletedAt?: string | number | null | undefined;
};

export type AlertRule = {
  readonly id: number;
  readonly name: string;
  readonly instrumentId: number;
  /** The market symbol of an instrument. Case matters, but no two symbols differ only in case. */
  readonly symbol: string;
  readonly ruleType: 'threshold' | 'crossover' | 'rate_of_change' | 'volume_spike' | 'multi_condition';
  readonly condition:
    | 'above'
    | 'below'
    | 'equals'
    | 'crosses_above'
    | 'crosses_below'
    | 'percent_change_up'
    | 'percent_change_down'
    | 'volume_above';
  readonly threshold: number;
  readonly timeWindowSeconds: number | null;
  readonly movingAveragePeriod: number | null;
  readonly cooldownSeconds: number;
  readonly active: boolean;
  /** ISO 8601 with microseconds. */
  readonly createdAt: string;
  /** ISO 8601 with microseconds. */
  readonly updatedAt: string;
};

export type AlertRuleList = {
  readonly alertRules: readonly NamedAlertRule[];
};

export type AlertRulePatch = {
  readonly instrumentId?: number | undefined;
  /** The market symbol of an instrument. Case matters, but no two symbols differ only in case. */
  readonly symbol?: string | undefined;
  readonly ruleType?: 'threshold' | 'crossover' | 'rate_of_change' | 'volume_spike' | 'multi_condition' | undefined;
  readonly condition?:
    | 'above'
    | 'below'
    | 'equals'
    | 'crosses_above'
    | 'crosses_below'
    | 'percent_change_up'
    | 'percent_change_down'
    | 'volume_above'
    | undefined;
  readonly threshold?: number | undefined;
  readonly timeWindowSeconds?: number | null | undefined;
  readonly movingAveragePeriod?: number | null | undefined;
  readonly cooldownSeconds?: number | undefined;
  readonly active?: boolean | undefined;
};

export type AlertRuleRequest = {
  readonly instrumentId?: number | undefined;
  /** The market symbol of an instrument. Case matters, but no two symbols differ only in case. */
  readonly symbol?: string | undefined;
  readonly ruleType?: 'threshold' | 'crossover' | 'rate_of_change' | 'volume_spike' | 'multi_condition' | undefined;
  readonly condition:
    | 'above'
    | 'below'
    | 'equals'
    | 'crosses_above'
    | 'crosses_below'
    | 'percent_change_up'
    | 'percent_change_down'
    | 'volume_above';
  readonly threshold: number;
  readonly timeWindowSeconds?: number | null | undefined;
  readonly movingAveragePeriod?: number | null | undefined;
  readonly cooldownSeconds?: number | undefined;
  readonly active?: boolean | undefined;
};

export type Bar = {
  /** The market symbol of an instrument. Case matters, but no two symbols differ only in case. */
  readonly symbol: string;
  /** ISO 8601 with microseconds. */
  readonly start: string;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  /** Null if no tick has a volume. */
  readonly volume: number | null;
  /** Ticks, or stored bars, that the bar is made of. */
  readonly count: number;
  /** The mean weighted by volume; null without volume. */
  readonly vwap: number | null;
  /** Whether the end of the bar has passed. */
  readonly complete: boolean;
};

export type BatchSummary = {
  readonly batchId: number;
  readonly status: 'stored' | 'refused';
  /** When the batch was sent. */
  readonly at: string;
  readonly actor: string;
  /** Null if the client sent none. */
  readonly idempotencyKey: string | null;
  /** The length of its bars; null for ticks and alert logs. */
  readonly bars: '1s' | '1m' | '5m' | '15m' | '30m' | '1h' | '4h' | '1d' | '1w' | null;
  readonly received: number;
  readonly inserted: number;
  readonly replaced: number;
  readonly duplicates: number;
  readonly conflicts: number;
  readonly tombstoned: number;
  readonly rejected: number;
  /** The earliest timestamp of its accepted records. */
  readonly earliest: string | null;
  /** The latest one. */
  readonly latest: string | null;
};

export type ConfigValidation = {
  readonly isValid: boolean;
  /** Works, but is probably not what you want. */
  readonly warnings: readonly string[];
  /** Cannot work. `cdk synth` rejects it. */
  readonly errors: readonly string[];
  /** What to set instead. */
  readonly recommendations: readonly string[];
};

export type Coverage = {
  readonly instrumentId: number;
  /** The market symbol of an instrument. Case matters, but no two symbols differ only in case. */
  readonly symbol: string;
  /** A day, `2026-01-31`, or a month, `2026-01`, in UTC. */
  readonly period: string;
  /** Rows that are not deleted. */
  readonly rows: number;
  /** Rows that are soft-deleted. */
  readonly deleted: number;
  /** Rows that are not deleted and have a sequence. */
  readonly withSequence: number;
  /** The time of the first row that is not deleted; null if there is none. */
  readonly firstAt: string | null;
  /** The time of the last row that is not deleted; null if there is none. */
  readonly lastAt: string | null;
};

export type DatabaseHealth = {
  /** Processor utilization. Null unless the probe reads CloudWatch. */
  readonly cpuPercent: number | null;
  /** Memory in use. Null unless the probe reads CloudWatch and knows the size of the instance. */
  readonly memoryUsedMb: number | null;
  /** Share of memory that is freeable. Null unless the probe reads CloudWatch. */
  readonly freeableMemoryShare: number | null;
  /** Read from the operating system since the last sample. */
  readonly diskReadMbPerSecond: number | null;
  /** Written to the operating system since the last sample. */
  readonly diskWriteMbPerSecond: number | null;
  /** Size of the database on disk. */
  readonly sizeMb: number | null;
  /** Backends that are running a statement. */
  readonly activeConnections: number | null;
  /** All client connections to Postgres. */
  readonly connections: number | null;
  /** `connections` as a share of those that ordinary roles may open. */
  readonly connectionShare: number | null;
  /** Share of blocks found in shared buffers since the last sample. */
  readonly cacheHitRatio: number | null;
  /** Since the last sample. */
  readonly deadlocks: number | null;
  /** Age of the oldest open transaction. */
  readonly longestTransactionSeconds: number | null;
  /** The longest time that an open transaction has been idle. */
  readonly longestIdleInTransactionSeconds: number | null;
  /** The longest wait for a lock. */
  readonly longestLockWaitSeconds: number | null;
  /** Backends that wait for a lock. */
  readonly blockedBackends: number | null;
  /** Share of dead rows in the worst table with over 10,000 of them. 0 where there is none. */
  readonly deadTupleRatio: number | null;
  /** Age of the oldest transaction id as a share of 2^31. */
  readonly xidAgeRatio: number | null;
  /** Lag of the slowest replica. */
  readonly replicaLagSeconds: number | null;
};

export type DeletionRequest = {
  /** Ids, or ranges `[from, to]` of ids as responses have them, both ends included. At most 50,000 ids in all. */
  readonly ids?: readonly (number | readonly [number, number])[] | undefined;
  readonly batchId?: number | undefined;
  readonly filter?: OperationFilter | undefined;
  /** Redo: the rows that this restoration restored are deleted again. To redo a correction, the corrected rows are restored as well. */
  readonly operationId?: number | undefined;
  /** Why the rows change. Kept in the history. */
  readonly reason: string;
  /** Return what would change, and change nothing. */
  readonly dryRun?: boolean | undefined;
  /** Change nothing and respond with 409 if a different number of rows would change. */
  readonly expectedCount?: number | undefined;
  /** Ids per statement. Raised if the operation would otherwise take more than 100 statements. */
  readonly batchSize?: number | undefined;
};

export type FieldError = {
  readonly path: string;
  readonly code: string;
  readonly message: string;
};

export type Health = {
  readonly status: 'healthy' | 'warning' | 'critical' | 'unknown';
  readonly alerts: readonly string[];
  readonly sample: HealthSample | null;
  readonly ageSeconds: number | null;
};

export type HealthSample = {
  readonly takenAt: string;
  /** Time since the previous sample, which rates and deltas cover. */
  readonly intervalSeconds: number | null;
  /** Statistics were reset since the last sample, so there are no deltas. */
  readonly countersReset: boolean;
  readonly probe: {
    /** Whether the probe reached the database through the pooler. */
    readonly up: boolean;
    /** Why it could not: nothing responded, or the pooler had no free connection. */
    readonly cause: 'unreachable' | 'pool_exhausted' | null;
    /** The database is paused, and the probe did not wake it. */
    readonly suspended: boolean;
    /** Why the probe failed. */
    readonly reason: string | null;
    /** Round trip of one statement on an open connection. */
    readonly roundTripMs: number | null;
    /** False if only the application's own sessions are visible. */
    readonly seesAllSessions: boolean | null;
  };
  readonly pool: PoolHealth;
  readonly performance: Performance;
  readonly database: DatabaseHealth;
  readonly partitions: readonly Partition[] | null;
  /** Days until the first table runs out of prepared partitions. */
  readonly runwayDays: number | null;
  /** 0: there are no default partitions. Null if somebody has added one. */
  readonly defaultRows: number | null;
  /** Partitions that retention has moved to the archive. */
  readonly archivedPartitions: number | null;
};

export type Instrument = {
  readonly id: number;
  /** The market symbol of an instrument. Case matters, but no two symbols differ only in case. */
  readonly symbol: string;
  readonly name: string;
  /** Such as future, index, internal, crypto, forex or equity. */
  readonly type: string;
  readonly status: 'active' | 'inactive' | 'error';
  /** Decimals of prices in responses. Stored values are not rounded. */
  readonly priceDecimals: number;
  /** ISO 8601 with microseconds. */
  readonly createdAt: string;
  /** ISO 8601 with microseconds. */
  readonly updatedAt: string;
};

export type InstrumentList = {
  readonly instruments: readonly NamedInstrument[];
};

export type InstrumentPatch = {
  readonly name?: string | undefined;
  /** Such as future, index, internal, crypto, forex or equity. */
  readonly type?: string | undefined;
  readonly status?: 'active' | 'inactive' | 'error' | undefined;
  /** Decimals of prices in responses. Stored values are not rounded. */
  readonly priceDecimals?: number | undefined;
};

export type InstrumentRequest = {
  /** Defaults to the symbol. */
  readonly name?: string | undefined;
  /** Such as future, index, internal, crypto, forex or equity. */
  readonly type?: string | undefined;
  readonly status?: 'active' | 'inactive' | 'error' | undefined;
  /** Decimals of prices in responses. Stored values are not rounded. */
  readonly priceDecimals?: number | undefined;
};

export type LatestRequest = {
  readonly instrumentIds?: readonly number[] | undefined;
  readonly symbols?: readonly string[] | undefined;
};

export type NamedAlertRule = {
  readonly name: string;
  readonly instrumentId?: number | undefined;
  /** The market symbol of an instrument. Case matters, but no two symbols differ only in case. */
  readonly symbol?: string | undefined;
  readonly ruleType?: 'threshold' | 'crossover' | 'rate_of_change' | 'volume_spike' | 'multi_condition' | undefined;
  readonly condition:
    | 'above'
    | 'below'
    | 'equals'
    | 'crosses_above'
    | 'crosses_below'
    | 'percent_change_up'
    | 'percent_change_down'
    | 'volume_above';
  readonly threshold: number;
  readonly timeWindowSeconds?: number | null | undefined;
  readonly movingAveragePeriod?: number | null | undefined;
  readonly cooldownSeconds?: number | undefined;
  readonly active?: boolean | undefined;
};

export type NamedInstrument = {
  /** The market symbol of an instrument. Case matters, but no two symbols differ only in case. */
  readonly symbol: string;
  /** Defaults to the symbol. */
  readonly name?: string | undefined;
  /** Such as future, index, internal, crypto, forex or equity. */
  readonly type?: string | undefined;
  readonly status?: 'active' | 'inactive' | 'error' | undefined;
  /** Decimals of prices in responses. Stored values are not rounded. */
  readonly priceDecimals?: number | undefined;
};

export type Operation = {
  /** Null for a dry run. */
  readonly operationId: number | null;
  readonly kind: 'deletion' | 'restoration' | 'correction';
  readonly reason: string;
  readonly actor: string;
  /** ISO 8601 with microseconds. */
  readonly at: string;
  readonly dryRun: boolean;
  readonly requested: number;
  readonly affected: number;
  /** Found, but already in the requested state, or a revision of a corrected row that cannot be restored while another one is live. */
  readonly unchanged: number;
  readonly notFound: number;
  /** Omitted for more than 131,072 rows. */
  readonly ids?:
    | {
        readonly affected: Ranges;
        readonly unchanged: Ranges;
        readonly notFound: Ranges;
      }
    | undefined;
  /** How far it is. `affected` and `unchanged` count what is done so far. Only for an operation in steps, on more than 131,072 rows. */
  readonly status?: 'running' | 'done' | 'failed' | undefined;
  /** Rows of its set that it has taken. Only for an operation in steps, on more than 131,072 rows. */
  readonly rowsDone?: number | undefined;
  /** Rows of its set that it has yet to take. Null while they are counted. Only for an operation in steps, on more than 131,072 rows. */
  readonly rowsToDo?: number | null | undefined;
  /** When it ended. Null while it runs. Only for an operation in steps, on more than 131,072 rows. */
  readonly finishedAt?: string | null | undefined;
  /** Why it could not go on. What it had changed stays changed. Null unless it failed. Only for an operation in steps, on more than 131,072 rows. */
  readonly failure?: string | null | undefined;
  /** Only for an undo: the ids of later deletions that found some of its rows already deleted, oldest first, at most 1,000. Those rows are live again too. For an undo in steps, those of its steps so far. */
  readonly alsoDeletedBy?: readonly number[] | undefined;
  /** Only for a correction: the batch whose rows replaced others. */
  readonly batchId?: number | undefined;
  /** Only for a correction: ids of the rows that it stored in their place. */
  readonly stored?: Ranges | undefined;
};

/** One instrument from start to end, both inclusive. */
export type OperationFilter = {
  readonly instrumentId?: number | undefined;
  /** The market symbol of an instrument. Case matters, but no two symbols differ only in case. */
  readonly symbol?: string | undefined;
  /** Bars of this length; ticks if omitted. */
  readonly bars?: '1s' | '1m' | '5m' | '15m' | '30m' | '1h' | '4h' | '1d' | '1w' | undefined;
  readonly start: string | number;
  readonly end: string | number;
};

export type Partition = {
  readonly table: string;
  readonly name: string;
  readonly from: string | null;
  readonly to: string | null;
  /** Postgres' estimate of the number of rows. */
  readonly rows: number | null;
  /** Size with indexes. Null while the table is locked. */
  readonly sizeMb: number | null;
  /** Accurate to the probe interval. Null if no insert was seen. */
  readonly lastInsertAt: string | null;
  readonly status: 'past' | 'current' | 'ahead' | 'default';
};

export type Performance = {
  /** Rows stored per second since the last sample, from the ledger. */
  readonly insertRatePerSecond: number | null;
  /** Rows received in batches stored since the last sample. */
  readonly rowsReceived: number | null;
  /** Share of received rows that were rejected, in batches stored since the last sample. */
  readonly rejectedRowShare: number | null;
  /** Batches stored since the last sample. */
  readonly batches: number | null;
  /** avg: execution time in Postgres, from pg_stat_statements. Percentiles: as the functions record them. */
  readonly queryMs: {
    readonly avg: number | null;
    readonly p95: number | null;
    readonly p99: number | null;
  };
  /** Statements of all types since the last sample. */
  readonly queries: number | null;
  readonly byType: {
    /** Statements of this type since the last sample, from pg_stat_statements. */
    readonly BULK_INSERT: {
      readonly calls: number;
      readonly averageMs: number | null;
      readonly rows: number;
    } | null;
    /** Statements of this type since the last sample, from pg_stat_statements. */
    readonly SELECT: {
      readonly calls: number;
      readonly averageMs: number | null;
      readonly rows: number;
    } | null;
    /** Statements of this type since the last sample, from pg_stat_statements. */
    readonly SELECT_LATEST: {
      readonly calls: number;
      readonly averageMs: number | null;
      readonly rows: number;
    } | null;
    /** Statements of this type since the last sample, from pg_stat_statements. */
    readonly SOFT_DELETE: {
      readonly calls: number;
      readonly averageMs: number | null;
      readonly rows: number;
    } | null;
    /** Statements of this type since the last sample, from pg_stat_statements. */
    readonly RESTORE: {
      readonly calls: number;
      readonly averageMs: number | null;
      readonly rows: number;
    } | null;
  };
};

export type PoolHealth = {
  readonly baseConnections: number;
  readonly maxConnections: number;
  /** Server connections in use by a client. */
  readonly inUse: number | null;
  /** Idle server connections. */
  readonly idle: number | null;
  /** Clients that wait for a server connection. Null unless the pooler reports it. */
  readonly waiting: number | null;
  /** `inUse` as a percentage of `maxConnections`. */
  readonly utilizationPercent: number | null;
  /** How long the probe, like any client, waits for a server on an open connection, measured once per sample. `max` includes the first wait, which may open the connection. */
  readonly acquireMs: {
    readonly avg: number | null;
    readonly p95: number | null;
    readonly max: number | null;
  };
  /** Mean wait of all clients since the last sample, as the pooler reports it. */
  readonly clientWaitMs: number | null;
  /** Server connections handed out per second since the last sample. */
  readonly acquireRate: number | null;
  /** Clients connected to the pooler. */
  readonly clients: number | null;
  /** Calls that found the database or the pooler unavailable, in the last minute that CloudWatch has. */
  readonly errors: number | null;
  /** Calls that got no connection in time, in the last minute that CloudWatch has. */
  readonly timeouts: number | null;
  /** Sessions that the pooler has pinned to one client. */
  readonly pinned: number | null;
  /** The source of these numbers: the pooler itself, or Postgres' sessions of the application's role. */
  readonly source: 'pgbouncer' | 'pg_stat_activity' | null;
};

export type Problem = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** The request's path. For a 5xx the route, which contains no values. */
  readonly instance: string;
  readonly code:
    | 'malformed_body'
    | 'duplicate_key'
    | 'forbidden_key'
    | 'invalid_encoding'
    | 'malformed_url'
    | 'malformed_request'
    | 'unauthenticated'
    | 'route_not_found'
    | 'tick_not_found'
    | 'alert_log_not_found'
    | 'batch_not_found'
    | 'operation_not_found'
    | 'instrument_not_found'
    | 'rule_not_found'
    | 'method_not_allowed'
    | 'request_timeout'
    | 'idempotency_key_reused'
    | 'request_in_progress'
    | 'expected_count_mismatch'
    | 'operation_running'
    | 'rows_archived'
    | 'name_differs_in_case'
    | 'precondition_failed'
    | 'body_too_large'
    | 'too_many_records'
    | 'record_too_large'
    | 'unsupported_media_type'
    | 'unsupported_charset'
    | 'unsupported_encoding'
    | 'expectation_failed'
    | 'invalid_request'
    | 'empty_batch'
    | 'all_rejected'
    | 'atomic_rejected'
    | 'too_many_rows'
    | 'response_too_large'
    | 'not_a_deletion'
    | 'not_a_restoration'
    | 'too_many_requests'
    | 'headers_too_large'
    | 'internal_error'
    | 'pool_exhausted'
    | 'database_unavailable'
    | 'database_busy'
    | 'database_timeout'
    | 'function_timeout';
  readonly category: 'validation' | 'authentication' | 'conflict' | 'overload' | 'system';
  readonly requestId: string;
  readonly errors: readonly FieldError[];
  readonly [key: string]: unknown;
};

export type Ranges = readonly (readonly [number, number])[];

export type Receipt = {
  readonly batchId: number;
  /** The record at input index i that was stored has id firstId + i. */
  readonly firstId: number;
  readonly received: number;
  readonly inserted: number;
  /** Stored in place of a row with the same key. Present only with `onConflict=replace`, like its ranges and `operationId`. */
  readonly replaced?: number | undefined;
  /** Already stored with the same values. */
  readonly duplicates: number;
  /** Already stored with other values, which are left unchanged. */
  readonly conflicts: number;
  /** Already stored and soft-deleted. They stay deleted. */
  readonly tombstoned: number;
  readonly rejected: number;
  readonly outcomes: {
    readonly inserted: Ranges;
    readonly replaced?: Ranges | undefined;
    readonly duplicates: Ranges;
    readonly conflicts: Ranges;
    readonly tombstoned: Ranges;
    readonly rejected: Ranges;
  };
  readonly rejections: readonly Rejection[];
  /** Number of records with a time that was truncated to microseconds. Absent if there are none. */
  readonly truncated?: number | undefined;
  /** The correction that replaced rows; a restoration with this id undoes it. Null if no row was replaced. */
  readonly operationId?: number | null | undefined;
  /** Present in a receipt that is older than the retention: the bounds of its timestamps. Its counts remain, its ranges and rejections are empty. */
  readonly expired?:
    | {
        readonly earliest: string;
        readonly latest: string;
      }
    | undefined;
  /** Why nothing was stored. Only in the receipt of a refused batch, whose other outcomes say what would have been stored. */
  readonly refused?: 'all_rejected' | 'atomic_rejected' | undefined;
};

export type ReferenceChange = {
  readonly operationId: number;
  readonly kind: 'change';
  readonly target: 'instruments' | 'alert-rules';
  /** The instrument's symbol, or the rule's name. */
  readonly name: string;
  readonly actor: string;
  /** ISO 8601 with microseconds. */
  readonly at: string;
  /** The values before; null if the change created it. */
  readonly before: { readonly [key: string]: unknown } | null;
  /** The values after. */
  readonly after: { readonly [key: string]: unknown };
};

export type ReferenceCounts = {
  readonly received: number;
  readonly created: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly outcomes: {
    readonly created: Ranges;
    readonly changed: Ranges;
    readonly unchanged: Ranges;
  };
};

export type Rejection = {
  readonly index: number;
  /** Line of the body in which the record begins, from 1. Only for NDJSON and CSV. */
  readonly line?: number | undefined;
  readonly path: string;
  readonly code: string;
  readonly message: string;
};

export type RestorationRequest = {
  /** Ids, or ranges `[from, to]` of ids as responses have them, both ends included. At most 50,000 ids in all. */
  readonly ids?: readonly (number | readonly [number, number])[] | undefined;
  readonly batchId?: number | undefined;
  readonly filter?: OperationFilter | undefined;
  /** Undo: exactly the rows that this deletion deleted and that have not been restored since. To undo a correction, its new rows are deleted as well. */
  readonly operationId?: number | undefined;
  /** Why the rows change. Kept in the history. */
  readonly reason: string;
  /** Return what would change, and change nothing. */
  readonly dryRun?: boolean | undefined;
  /** Change nothing and respond with 409 if a different number of rows would change. */
  readonly expectedCount?: number | undefined;
  /** Ids per statement. Raised if the operation would otherwise take more than 100 statements. */
  readonly batchSize?: number | undefined;
};

export type Revision = {
  readonly id: number;
  /** ISO 8601 with microseconds. */
  readonly timestamp: string;
  readonly instrumentId: number;
  /** The market symbol of an instrument. Case matters, but no two symbols differ only in case. */
  readonly symbol: string;
  readonly price: number | null;
  readonly volume: number | null;
  readonly bid: number | null;
  readonly ask: number | null;
  readonly bidSize: number | null;
  readonly askSize: number | null;
  readonly openPrice: number | null;
  readonly highPrice: number | null;
  readonly lowPrice: number | null;
  readonly sequence: number | null;
  readonly batchId: number;
  readonly deletedAt: string | null;
  /** The operation that deleted it. */
  readonly deletedBy: number | null;
  /** How often the row has been replaced before; 0 for the first revision. */
  readonly revision: number;
  /** What changed it, oldest first: the last 100 operations. */
  readonly operations: readonly {
    readonly operationId: number;
    readonly kind: 'deletion' | 'restoration' | 'correction';
    /** What it did to this revision. */
    readonly effect: 'stored' | 'deleted' | 'restored';
    readonly reason: string;
    readonly actor: string;
    /** ISO 8601 with microseconds. */
    readonly at: string;
  }[];
};

export type Tick = {
  readonly id: number;
  /** ISO 8601 with microseconds. */
  readonly timestamp: string;
  readonly instrumentId: number;
  /** The market symbol of an instrument. Case matters, but no two symbols differ only in case. */
  readonly symbol: string;
  readonly price: number | null;
  readonly volume: number | null;
  readonly bid: number | null;
  readonly ask: number | null;
  readonly bidSize: number | null;
  readonly askSize: number | null;
  readonly openPrice: number | null;
  readonly highPrice: number | null;
  readonly lowPrice: number | null;
  readonly sequence: number | null;
  readonly batchId: number;
  readonly deletedAt: string | null;
  /** The operation that deleted it. */
  readonly deletedBy: number | null;
};

export type TickRecord = {
  /** Time of the record, from 1970 to one day from now. */
  readonly timestamp: string | number;
  /** The instrument. `symbol` is the alternative, and either can be a query parameter. */
  readonly instrumentId?: number | null | undefined;
  readonly symbol?: string | null | undefined;
  /** Last or close price. May be zero or negative: TICK and ADD are. */
  readonly price?: number | null | undefined;
  /** Traded volume. Fractions allowed. */
  readonly volume?: number | null | undefined;
  /** Best bid price. */
  readonly bid?: number | null | undefined;
  /** Best ask price. */
  readonly ask?: number | null | undefined;
  /** Size at the best bid. */
  readonly bidSize?: number | null | undefined;
  /** Size at the best ask. */
  readonly askSize?: number | null | undefined;
  /** Open of the bar. */
  readonly openPrice?: number | null | undefined;
  /** High of the bar, at or above the low. */
  readonly highPrice?: number | null | undefined;
  /** Low of the bar. */
  readonly lowPrice?: number | null | undefined;
  /** The feed's own number. With it, (instrument, timestamp, sequence) is unique, deleted rows included. */
  readonly sequence?: number | null | undefined;
};

/** A response of API Gateway itself, in front of the service. */
export type GatewayMessage = {
  readonly message: string;
};

/** What each operation takes and returns. */
export interface Operations {
  /** List ticks of a period, newest first. */
  readonly listMarketData: {
    readonly path: Record<string, never>;
    readonly query: {
      readonly instrumentId?: number | undefined;
      /** The market symbol of an instrument. Case matters, but no two symbols differ only in case. */
      readonly symbol?: string | undefined;
      /** Bars of this length; ticks if omitted. */
      readonly bars?: '1s' | '1m' | '5m' | '15m' | '30m' | '1h' | '4h' | '1d' | '1w' | undefined;
      /** Not before this time. */
      readonly start?: string | number | undefined;
      /** Not after this time. A date without a time means its last microsecond. */
      readonly end?: string | number | undefined;
      /** By timestamp, sequence (rows without one first) and id. `desc` is the reverse. */
      readonly order?: 'desc' | 'asc' | undefined;
      /** Rows per page. A page that would exceed 5 MB is cut short, and nextCursor continues after it. */
      readonly limit?: number | undefined;
      /** The `nextCursor` of the previous page, which the same query returned; only `limit` and `precision` may differ. */
      readonly cursor?: string | undefined;
      /** Include soft-deleted rows. */
      readonly includeDeleted?: boolean | undefined;
      /** How prices are shown: rounded to the instrument's priceDecimals, or `stored`, the double that was sent. What is not zero is never shown as zero: it keeps 6 significant digits. */
      readonly precision?: 'instrument' | 'stored' | undefined;
      /** Read the data as it was right after a batch (`batch:ID`) or an operation (`operation:ID`), or at a time, in the order in which batches and operations began. Names and decimals are current. */
      readonly asOf?: string | undefined;
    };
    readonly body: undefined;
    readonly response: {
      readonly data: readonly Tick[];
      readonly nextCursor: string | null;
    };
  };
  /** Store a batch of ticks. */
  readonly ingestMarketData: {
    readonly path: Record<string, never>;
    readonly query: {
      readonly instrumentId?: number | undefined;
      /** The market symbol of an instrument. Case matters, but no two symbols differ only in case. */
      readonly symbol?: string | undefined;
      /** Write nothing if any record is rejected or conflicts. */
      readonly atomic?: boolean | undefined;
      /** Rows per statement. Raised if the batch would otherwise take more than 250 statements. The batch is one transaction in any case. */
      readonly batchSize?: number | undefined;
      /** Create the instruments that accepted records name and that do not exist, in the same transaction. */
      readonly createInstruments?: boolean | undefined;
      /** Unit of epoch numbers. If omitted, a number must be plausible milliseconds: 1e11 or more. */
      readonly timeUnit?: 's' | 'ms' | 'us' | 'ns' | undefined;
      /** What happens to a time with non-zero digits beyond microseconds. */
      readonly subMicrosecond?: 'reject' | 'truncate' | undefined;
      /** The form of times, in the letters of Unicode TR35: yyyy, yy, M, MM, MMM, d, dd, H, HH, h, hh, a, mm, ss, S, E, X, XXX, VV. Put other letters between apostrophes. It then applies to numbers too. */
      readonly timeFormat?: string | undefined;
      /** IANA zone of times without an offset. If omitted, such times are UTC in CSV and rejected in JSON. */
      readonly timeZone?: string | undefined;
      /** Which occurrence is meant if the clocks of timeZone show an hour twice. */
      readonly repeatedHour?: 'first' | 'second' | undefined;
      /** Which column is which field, as field=Title pairs. Date|Time joins two columns with a space. Put a backslash before a comma, bar or backslash in a title. Only the named columns are read; every other title counts as unknown. With header=false, list the fields in order, with - for a column to skip. */
      readonly columns?: string | undefined;
      /** false: the file has no header line, and columns lists its columns. */
      readonly header?: boolean | undefined;
      /** Skip columns with unknown titles instead of refusing the file. */
      readonly ignoreUnknown?: boolean | undefined;
      /** The cell separator. The default is a comma, or a tab for text/tab-separated-values. */
      readonly delimiter?: string | undefined;
      /** The character that encloses cells; none if cells are never enclosed. */
      readonly quote?: string | undefined;
      /** The decimal separator. */
      readonly decimalSeparator?: '.' | ',' | undefined;
      /** The separator between groups of three digits. A space includes no-break spaces. */
      readonly thousandsSeparator?: ',' | '.' | "'" | '’' | ' ' | '_' | undefined;
      /** Cells that mean null, separated by commas. */
      readonly nullValues?: string | undefined;
      /** Lines that begin with this are skipped. */
      readonly comment?: string | undefined;
      /** Lines to skip before the header line, or before the first record. */
      readonly skipLines?: number | undefined;
      /** Numbers may end in K, M, B or T for thousands to trillions, or in % for hundredths. */
      readonly suffixes?: boolean | undefined;
      /** The records are bars of this length. Their key is (instrument, timestamp, length), and a `sequence` is part of neither key nor values. If omitted, the records are ticks. */
      readonly bars?: '1s' | '1m' | '5m' | '15m' | '30m' | '1h' | '4h' | '1d' | '1w' | undefined;
      /** What the feed numbers. With `packet`, several records may share a sequence, and all are stored. Per key and values, the store holds as many rows as the batch that sent most of them. */
      readonly sequenceOf?: 'tick' | 'packet' | undefined;
      /** What happens to a record whose key (sequence, or `bars`) is stored with other values, or deleted. `keep` keeps the stored row. `replace` stores the record as the next revision of the row, by an operation of kind `correction`. */
      readonly onConflict?: 'keep' | 'replace' | undefined;
      /** Why stored rows are replaced. Required with `onConflict=replace`. */
      readonly reason?: string | undefined;
    };
    readonly body: {
      readonly records: readonly TickRecord[];
    };
    readonly response: Receipt;
  };
  /** Get the newest tick of each requested instrument. */
  readonly latestMarketData: {
    readonly path: Record<string, never>;
    readonly query: {
      readonly instrumentIds?: readonly number[] | undefined;
      readonly symbols?: readonly string[] | undefined;
      /** Include soft-deleted rows. */
      readonly includeDeleted?: boolean | undefined;
      /** How prices are shown: rounded to the instrument's priceDecimals, or `stored`, the double that was sent. What is not zero is never shown as zero: it keeps 6 significant digits. */
      readonly precision?: 'instrument' | 'stored' | undefined;
      /** Read the data as it was right after a batch (`batch:ID`) or an operation (`operation:ID`), or at a time, in the order in which batches and operations began. Names and decimals are current. */
      readonly asOf?: string | undefined;
    };
    readonly body: undefined;
    readonly response: {
      /** One key per requested instrument. Null if it has no row. */
      readonly data: { readonly [key: string]: Tick | null };
    };
  };
  /** Get the newest tick of each instrument that the body names. */
  readonly latestMarketDataOf: {
    readonly path: Record<string, never>;
    readonly query: {
      /** Include soft-deleted rows. */
      readonly includeDeleted?: boolean | undefined;
      /** How prices are shown: rounded to the instrument's priceDecimals, or `stored`, the double that was sent. What is not zero is never shown as zero: it keeps 6 significant digits. */
      readonly precision?: 'instrument' | 'stored' | undefined;
      /** Read the data as it was right after a batch (`batch:ID`) or an operation (`operation:ID`), or at a time, in the order in which batches and operations began. Names and decimals are current. */
      readonly asOf?: string | undefined;
    };
    readonly body: LatestRequest;
    readonly response: {
      /** One key per requested instrument. Null if it has no row. */
      readonly data: { readonly [key: string]: Tick | null };
    };
  };
  /** List bars (open, high, low, close, volume) made of ticks or of stored bars. */
  readonly listBars: {
    readonly path: Record<string, never>;
    readonly query: {
      /** The market symbol of an instrument. Case matters, but no two symbols differ only in case. */
      readonly symbol?: string | undefined;
      readonly symbols?: readonly string[] | undefined;
      /** The length of a bar. Weeks begin on Monday; 1h and 4h count from local midnight. */
      readonly interval?: '1s' | '1m' | '5m' | '15m' | '30m' | '1h' | '4h' | '1d' | '1w' | undefined;
      /** Bars that start at this time or later. */
      readonly start?: string | number | undefined;
      /** Bars that start at this time or earlier. */
      readonly end?: string | number | undefined;
      /** The value of a tick that bars are made of. `mid` is (bid + ask) / 2. */
      readonly of?: 'price' | 'mid' | 'bid' | 'ask' | undefined;
      /** The source of the bars: ticks, or the stored bars of the longest length that fits the interval. */
      readonly from?: 'ticks' | 'bars' | undefined;
      /** The IANA time zone in which days, weeks, 1h and 4h begin at midnight. */
      readonly timeZone?: string | undefined;
      /** By start, within each symbol. */
      readonly order?: 'asc' | 'desc' | undefined;
      /** Bars per page. */
      readonly limit?: number | undefined;
      /** The `nextCursor` of the previous page, which the same query returned; only `limit` and `precision` may differ. */
      readonly cursor?: string | undefined;
      /** Read the data as it was right after a batch (`batch:ID`) or an operation (`operation:ID`), or at a time, in the order in which batches and operations began. Names and decimals are current. */
      readonly asOf?: string | undefined;
    };
    readonly body: undefined;
    readonly response: {
      readonly data: readonly Bar[];
      readonly nextCursor: string | null;
    };
  };
  /** Count what is stored, per instrument and day or month. */
  readonly listCoverage: {
    readonly path: Record<string, never>;
    readonly query: {
      readonly instrumentId?: number | undefined;
      /** The market symbol of an instrument. Case matters, but no two symbols differ only in case. */
      readonly symbol?: string | undefined;
      /** Rows at this time or later are counted. */
      readonly start?: string | number | undefined;
      /** Rows at this time or earlier are counted. A date without a time means its last microsecond. */
      readonly end?: string | number | undefined;
      /** The periods that rows are counted by, in UTC. */
      readonly by?: 'day' | 'month' | undefined;
      /** Bars of this length; ticks if omitted. */
      readonly bars?: '1s' | '1m' | '5m' | '15m' | '30m' | '1h' | '4h' | '1d' | '1w' | undefined;
      /** Periods per page. */
      readonly limit?: number | undefined;
      /** The `nextCursor` of the previous page, which the same query returned; only `limit` and `precision` may differ. */
      readonly cursor?: string | undefined;
      /** Read the data as it was right after a batch (`batch:ID`) or an operation (`operation:ID`), or at a time, in the order in which batches and operations began. Names and decimals are current. */
      readonly asOf?: string | undefined;
    };
    readonly body: undefined;
    readonly response: {
      readonly data: readonly Coverage[];
      readonly nextCursor: string | null;
    };
  };
  /** Get one tick. */
  readonly getTick: {
    readonly path: {
      readonly id: number;
    };
    readonly query: {
      /** Include soft-deleted rows. */
      readonly includeDeleted?: boolean | undefined;
      /** How prices are shown: rounded to the instrument's priceDecimals, or `stored`, the double that was sent. What is not zero is never shown as zero: it keeps 6 significant digits. */
      readonly precision?: 'instrument' | 'stored' | undefined;
    };
    readonly body: undefined;
    readonly response: Tick;
  };
  /** List the revisions of a tick or bar, oldest first, with the operations that changed them. */
  readonly getTickHistory: {
    readonly path: {
      readonly id: number;
    };
    readonly query: {
      /** Revisions per page. */
      readonly limit?: number | undefined;
      /** The `nextCursor` of the previous page, which the same query returned; only `limit` and `precision` may differ. */
      readonly cursor?: string | undefined;
      /** How prices are shown: rounded to the instrument's priceDecimals, or `stored`, the double that was sent. What is not zero is never shown as zero: it keeps 6 significant digits. */
      readonly precision?: 'instrument' | 'stored' | undefined;
    };
    readonly body: undefined;
    readonly response: {
      readonly data: readonly Revision[];
      readonly nextCursor: string | null;
    };
  };
  /** List batches, newest first. */
  readonly listMarketDataBatches: {
    readonly path: Record<string, never>;
    readonly query: {
      /** Only batches of this caller, by the whole identity. */
      readonly actor?: string | undefined;
      /** Only batches that were stored, or that were refused as a whole. */
      readonly status?: 'stored' | 'refused' | undefined;
      /** Not sent before this time. */
      readonly start?: string | number | undefined;
      /** Not sent after this time. */
      readonly end?: string | number | undefined;
      /** Part of the caller or of the key, in any case. */
      readonly search?: string | undefined;
      /** Batches per page. */
      readonly limit?: number | undefined;
      /** The `nextCursor` of the previous page, which the same query returned; only `limit` and `precision` may differ. */
      readonly cursor?: string | undefined;
    };
    readonly body: undefined;
    readonly response: {
      readonly data: readonly BatchSummary[];
      readonly nextCursor: string | null;
    };
  };
  /** Get a batch's receipt. */
  readonly getMarketDataBatch: {
    readonly path: {
      readonly batchId: number;
    };
    readonly query: Record<string, never>;
    readonly body: undefined;
    readonly response: Receipt;
  };
  /** Soft-delete rows as one operation, or redo a deletion that was restored. */
  readonly deleteMarketData: {
    readonly path: Record<string, never>;
    readonly query: Record<string, never>;
    readonly body: DeletionRequest;
    readonly response: Operation;
  };
  /** Restore deleted rows, or undo a deletion or a correction. */
  readonly restoreMarketData: {
    readonly path: Record<string, never>;
    readonly query: Record<string, never>;
    readonly body: RestorationRequest;
    readonly response: Operation;
  };
  /** List deletions, restorations and corrections, newest first. */
  readonly listMarketDataOperations: {
    readonly path: Record<string, never>;
    readonly query: {
      /** Part of the reason or of the caller, in any case. */
      readonly search?: string | undefined;
      readonly limit?: number | undefined;
      /** The `nextCursor` of the previous page, which the same query returned; only `limit` and `precision` may differ. */
      readonly cursor?: string | undefined;
    };
    readonly body: undefined;
    readonly response: {
      readonly data: readonly Operation[];
      readonly nextCursor: string | null;
    };
  };
  /** Get one deletion, restoration or correction. */
  readonly getMarketDataOperation: {
    readonly path: {
      readonly id: number;
    };
    readonly query: Record<string, never>;
    readonly body: undefined;
    readonly response: Operation;
  };
  /** List alert logs of a period, newest first. */
  readonly listAlertLogs: {
    readonly path: Record<string, never>;
    readonly query: {
      readonly instrumentId?: number | undefined;
      /** The market symbol of an instrument. Case matters, but no two symbols differ only in case. */
      readonly symbol?: string | undefined;
      readonly ruleId?: number | undefined;
      readonly firedStatus?: 'fired' | 'suppressed' | 'error' | undefined;
      readonly deliveryStatus?:
        | 'pending'
        | 'in_app_sent'
        | 'sound_played'
        | 'slack_sent'
        | 'all_delivered'
        | 'failed'
        | undefined;
      /** Not before this time. */
      readonly start?: string | number | undefined;
      /** Not after this time. A date without a time means its last microsecond. */
      readonly end?: string | number | undefined;
      /** By timestamp, sequence (rows without one first) and id. `desc` is the reverse. */
      readonly order?: 'desc' | 'asc' | undefined;
      /** Rows per page. A page that would exceed 5 MB is cut short, and nextCursor continues after it. */
      readonly limit?: number | undefined;
      /** The `nextCursor` of the previous page, which the same query returned; only `limit` and `precision` may differ. */
      readonly cursor?: string | undefined;
      /** Include soft-deleted rows. */
      readonly includeDeleted?: boolean | undefined;
    };
    readonly body: undefined;
    readonly response: {
      readonly data: readonly AlertLog[];
      readonly nextCursor: string | null;
    };
  };
  /** Store a batch of alert logs. */
  readonly ingestAlertLogs: {
    readonly path: Record<string, never>;
    readonly query: {
      readonly instrumentId?: number | undefined;
      /** The market symbol of an instrument. Case matters, but no two symbols differ only in case. */
      readonly symbol?: string | undefined;
      /** Write nothing if any record is rejected or conflicts. */
      readonly atomic?: boolean | undefined;
      /** Rows per statement. Raised if the batch would otherwise take more than 250 statements. The batch is one transaction in any case. */
      readonly batchSize?: number | undefined;
      /** Create the instruments that accepted records name and that do not exist, in the same transaction. */
      readonly createInstruments?: boolean | undefined;
      /** Unit of epoch numbers. If omitted, a number must be plausible milliseconds: 1e11 or more. */
      readonly timeUnit?: 's' | 'ms' | 'us' | 'ns' | undefined;
      /** What happens to a time with non-zero digits beyond microseconds. */
      readonly subMicrosecond?: 'reject' | 'truncate' | undefined;
      /** The form of times, in the letters of Unicode TR35: yyyy, yy, M, MM, MMM, d, dd, H, HH, h, hh, a, mm, ss, S, E, X, XXX, VV. Put other letters between apostrophes. It then applies to numbers too. */
      readonly timeFormat?: string | undefined;
      /** IANA zone of times without an offset. If omitted, such times are UTC in CSV and rejected in JSON. */
      readonly timeZone?: string | undefined;
      /** Which occurrence is meant if the clocks of timeZone show an hour twice. */
      readonly repeatedHour?: 'first' | 'second' | undefined;
      /** Which column is which field, as field=Title pairs. Date|Time joins two columns with a space. Put a backslash before a comma, bar or backslash in a title. Only the named columns are read; every other title counts as unknown. With header=false, list the fields in order, with - for a column to skip. */
      readonly columns?: string | undefined;
      /** false: the file has no header line, and columns lists its columns. */
      readonly header?: boolean | undefined;
      /** Skip columns with unknown titles instead of refusing the file. */
      readonly ignoreUnknown?: boolean | undefined;
      /** The cell separator. The default is a comma, or a tab for text/tab-separated-values. */
      readonly delimiter?: string | undefined;
      /** The character that encloses cells; none if cells are never enclosed. */
      readonly quote?: string | undefined;
      /** The decimal separator. */
      readonly decimalSeparator?: '.' | ',' | undefined;
      /** The separator between groups of three digits. A space includes no-break spaces. */
      readonly thousandsSeparator?: ',' | '.' | "'" | '’' | ' ' | '_' | undefined;
      /** Cells that mean null, separated by commas. */
      readonly nullValues?: string | undefined;
      /** Lines that begin with this are skipped. */
      readonly comment?: string | undefined;
      /** Lines to skip before the header line, or before the first record. */
      readonly skipLines?: number | undefined;
      /** Numbers may end in K, M, B or T for thousands to trillions, or in % for hundredths. */
      readonly suffixes?: boolean | undefined;
    };
    readonly body: {
      readonly records: readonly AlertLogRecord[];
    };
    readonly response: Receipt;
  };
  /** Get the newest alert log of each requested instrument. */
  readonly latestAlertLogs: {
    readonly path: Record<string, never>;
    readonly query: {
      readonly instrumentIds?: readonly number[] | undefined;
      readonly symbols?: readonly string[] | undefined;
      /** Include soft-deleted rows. */
      readonly includeDeleted?: boolean | undefined;
    };
    readonly body: undefined;
    readonly response: {
      /** One key per requested instrument. Null if it has no row. */
      readonly data: { readonly [key: string]: AlertLog | null };
    };
  };
  /** Get the newest alert log of each instrument that the body names. */
  readonly latestAlertLogsOf: {
    readonly path: Record<string, never>;
    readonly query: {
      /** Include soft-deleted rows. */
      readonly includeDeleted?: boolean | undefined;
    };
    readonly body: LatestRequest;
    readonly response: {
      /** One key per requested instrument. Null if it has no row. */
      readonly data: { readonly [key: string]: AlertLog | null };
    };
  };
  /** Get one alert log. */
  readonly getAlertLog: {
    readonly path: {
      readonly id: number;
    };
    readonly query: {
      /** Include soft-deleted rows. */
      readonly includeDeleted?: boolean | undefined;
    };
    readonly body: undefined;
    readonly response: AlertLog;
  };
  /** List batches, newest first. */
  readonly listAlertLogBatches: {
    readonly path: Record<string, never>;
    readonly query: {
      /** Only batches of this caller, by the whole identity. */
      readonly actor?: string | undefined;
      /** Only batches that were stored, or that were refused as a whole. */
      readonly status?: 'stored' | 'refused' | undefined;
      /** Not sent before this time. */
      readonly start?: string | number | undefined;
      /** Not sent after this time. */
      readonly end?: string | number | undefined;
      /** Part of the caller or of the key, in any case. */
      readonly search?: string | undefined;
      /** Batches per page. */
      readonly limit?: number | undefined;
      /** The `nextCursor` of the previous page, which the same query returned; only `limit` and `precision` may differ. */
      readonly cursor?: string | undefined;
    };
    readonly body: undefined;
    readonly response: {
      readonly data: readonly BatchSummary[];
      readonly nextCursor: string | null;
    };
  };
  /** Get a batch's receipt. */
  readonly getAlertLogBatch: {
    readonly path: {
      readonly batchId: number;
    };
    readonly query: Record<string, never>;
    readonly body: undefined;
    readonly response: Receipt;
  };
  /** Soft-delete rows as one operation, or redo a deletion that was restored. */
  readonly deleteAlertLogs: {
    readonly path: Record<string, never>;
    readonly query: Record<string, never>;
    readonly body: DeletionRequest;
    readonly response: Operation;
  };
  /** Restore deleted rows, or undo a deletion or a correction. */
  readonly restoreAlertLogs: {
    readonly path: Record<string, never>;
    readonly query: Record<string, never>;
    readonly body: RestorationRequest;
    readonly response: Operation;
  };
  /** List deletions, restorations and corrections, newest first. */
  readonly listAlertLogOperations: {
    readonly path: Record<string, never>;
    readonly query: {
      /** Part of the reason or of the caller, in any case. */
      readonly search?: string | undefined;
      readonly limit?: number | undefined;
      /** The `nextCursor` of the previous page, which the same query returned; only `limit` and `precision` may differ. */
      readonly cursor?: string | undefined;
    };
    readonly body: undefined;
    readonly response: {
      readonly data: readonly Operation[];
      readonly nextCursor: string | null;
    };
  };
  /** Get one deletion, restoration or correction. */
  readonly getAlertLogOperation: {
    readonly path: {
      readonly id: number;
    };
    readonly query: Record<string, never>;
    readonly body: undefined;
    readonly response: Operation;
  };
  /** Get one instrument. */
  readonly getInstrument: {
    readonly path: {
      /** The market symbol of an instrument. Case matters, but no two symbols differ only in case. */
      readonly symbol: string;
    };
    readonly query: Record<string, never>;
    readonly body: undefined;
    readonly response: Instrument;
  };
  /** Create or replace an instrument. */
  readonly putInstrument: {
    readonly path: {
      /** The market symbol of an instrument. Case matters, but no two symbols differ only in case. */
      readonly symbol: string;
    };
    readonly query: Record<string, never>;
    readonly body: InstrumentRequest;
    readonly response: Instrument;
  };
  /** Change some fields of an instrument. */
  readonly patchInstrument: {
    readonly path: {
      /** The market symbol of an instrument. Case matters, but no two symbols differ only in case. */
      readonly symbol: string;
    };
    readonly query: Record<string, never>;
    readonly body: InstrumentPatch;
    readonly response: Instrument;
  };
  /** List instruments by symbol. */
  readonly listInstruments: {
    readonly path: Record<string, never>;
    readonly query: {
      /** Only rows whose name or symbol contains this, in any case. */
      readonly search?: string | undefined;
      /** Rows per page. A page that would exceed 5 MB is cut short, and nextCursor continues after it. */
      readonly limit?: number | undefined;
      /** The `nextCursor` of the previous page, which the same query returned; only `limit` and `precision` may differ. */
      readonly cursor?: string | undefined;
    };
    readonly body: undefined;
    readonly response: {
      readonly data: readonly Instrument[];
      readonly nextCursor: string | null;
    };
  };
  /** Create or replace up to 10,000 instruments at once. */
  readonly putInstruments: {
    readonly path: Record<string, never>;
    readonly query: Record<string, never>;
    readonly body: InstrumentList;
    readonly response: ReferenceCounts;
  };
  /** Get one alert rule. */
  readonly getAlertRule: {
    readonly path: {
      readonly name: string;
    };
    readonly query: Record<string, never>;
    readonly body: undefined;
    readonly response: AlertRule;
  };
  /** Create or replace an alert rule. */
  readonly putAlertRule: {
    readonly path: {
      readonly name: string;
    };
    readonly query: Record<string, never>;
    readonly body: AlertRuleRequest;
    readonly response: AlertRule;
  };
  /** Change some fields of an alert rule. */
  readonly patchAlertRule: {
    readonly path: {
      readonly name: string;
    };
    readonly query: Record<string, never>;
    readonly body: AlertRulePatch;
    readonly response: AlertRule;
  };
  /** List alert rules by name. */
  readonly listAlertRules: {
    readonly path: Record<string, never>;
    readonly query: {
      /** Only rows whose name or symbol contains this, in any case. */
      readonly search?: string | undefined;
      /** Rows per page. A page that would exceed 5 MB is cut short, and nextCursor continues after it. */
      readonly limit?: number | undefined;
      /** The `nextCursor` of the previous page, which the same query returned; only `limit` and `precision` may differ. */
      readonly cursor?: string | undefined;
    };
    readonly body: undefined;
    readonly response: {
      readonly data: readonly AlertRule[];
      readonly nextCursor: string | null;
    };
  };
  /** Create or replace up to 10,000 alert rules at once. */
  readonly putAlertRules: {
    readonly path: Record<string, never>;
    readonly query: Record<string, never>;
    readonly body: AlertRuleList;
    readonly response: ReferenceCounts;
  };
  /** List changes of instruments and alert rules, newest first. */
  readonly listReferenceChanges: {
    readonly path: Record<string, never>;
    readonly query: {
      /** Changes of these only. */
      readonly target?: 'instruments' | 'alert-rules' | undefined;
      /** Changes of the instrument with this symbol, or the rule with this name. */
      readonly name?: string | undefined;
      /** Part of the name or of the caller, in any case. */
      readonly search?: string | undefined;
      readonly limit?: number | undefined;
      /** The `nextCursor` of the previous page, which the same query returned; only `limit` and `precision` may differ. */
      readonly cursor?: string | undefined;
    };
    readonly body: undefined;
    readonly response: {
      readonly data: readonly ReferenceChange[];
      readonly nextCursor: string | null;
    };
  };
  /** Get one change of an instrument or an alert rule. */
  readonly getReferenceChange: {
    readonly path: {
      readonly id: number;
    };
    readonly query: Record<string, never>;
    readonly body: undefined;
    readonly response: ReferenceChange;
  };
  /** Get the effective configuration without secrets, and its validation. */
  readonly getConfig: {
    readonly path: Record<string, never>;
    readonly query: Record<string, never>;
    readonly body: undefined;
    readonly response: {
      /** Every effective setting, with secrets and addresses masked. Null outside a deployment. */
      readonly configuration: { readonly [key: string]: unknown } | null;
      readonly validation: ConfigValidation;
    };
  };
  /** Get the health at the last sample: 200 if healthy or warning, else 503. */
  readonly getHealth: {
    readonly path: Record<string, never>;
    readonly query: Record<string, never>;
    readonly body: undefined;
    readonly response: Health;
  };
  /** List samples, newest first. 1,000 are kept. */
  readonly listHealth: {
    readonly path: Record<string, never>;
    readonly query: {
      readonly limit?: number | undefined;
      /** The `nextCursor` of the previous page, which the same query returned; only `limit` and `precision` may differ. */
      readonly cursor?: string | undefined;
    };
    readonly body: undefined;
    readonly response: {
      readonly data: readonly {
        readonly status: 'healthy' | 'warning' | 'critical' | 'unknown';
        readonly alerts: readonly string[];
        readonly sample: HealthSample;
      }[];
      readonly nextCursor: string | null;
    };
  };
  /** Get the connection pool at the last sample. */
  readonly getPoolHealth: {
    readonly path: Record<string, never>;
    readonly query: Record<string, never>;
    readonly body: undefined;
    readonly response: {
      readonly takenAt: string | null;
      readonly ageSeconds: number | null;
      readonly pool: PoolHealth | null;
    };
  };
  /** Get the partitions at the last sample. */
  readonly getPartitionHealth: {
    readonly path: Record<string, never>;
    readonly query: Record<string, never>;
    readonly body: undefined;
    readonly response: {
      readonly takenAt: string | null;
      readonly ageSeconds: number | null;
      readonly partitions: readonly Partition[] | null;
      readonly runwayDays: number | null;
      readonly defaultRows: number | null;
      readonly archivedPartitions: number | null;
    };
  };
  /** Get query rates and times between the last two samples. */
  readonly getPerformance: {
    readonly path: Record<string, never>;
    readonly query: Record<string, never>;
    readonly body: undefined;
    readonly response: {
      readonly takenAt: string | null;
      readonly ageSeconds: number | null;
      readonly intervalSeconds: number | null;
      readonly performance: Performance | null;
      readonly cacheHitRatio: number | null;
    };
  };
  /** Get this interface as OpenAPI 3.1. */
  readonly getOpenApi: {
    readonly path: Record<string, never>;
    readonly query: Record<string, never>;
    readonly body: undefined;
    readonly response: {
      readonly openapi: string;
      readonly [key: string]: unknown;
    };
  };
}

/** How each operation is called. `keyed`: it honours `Idempotency-Key`. `statuses`: those that are a success. */
export const OPERATIONS = {
  listMarketData: { method: 'GET', path: '/v1/market-data', keyed: false, statuses: [200] },
  ingestMarketData: { method: 'POST', path: '/v1/market-data', keyed: true, statuses: [200] },
  latestMarketData: { method: 'GET', path: '/v1/market-data/latest', keyed: false, statuses: [200] },
  latestMarketDataOf: { method: 'POST', path: '/v1/market-data/latest', keyed: false, statuses: [200] },
  listBars: { method: 'GET', path: '/v1/market-data/bars', keyed: false, statuses: [200] },
  listCoverage: { method: 'GET', path: '/v1/market-data/coverage', keyed: false, statuses: [200] },
  getTick: { method: 'GET', path: '/v1/market-data/{id}', keyed: false, statuses: [200] },
  getTickHistory: { method: 'GET', path: '/v1/market-data/{id}/history', keyed: false, statuses: [200] },
  listMarketDataBatches: { method: 'GET', path: '/v1/market-data/batches', keyed: false, statuses: [200] },
  getMarketDataBatch: { method: 'GET', path: '/v1/market-data/batches/{batchId}', keyed: false, statuses: [200] },
  deleteMarketData: { method: 'POST', path: '/v1/market-data/deletions', keyed: true, statuses: [200, 202] },
  restoreMarketData: { method: 'POST', path: '/v1/market-data/restorations', keyed: true, statuses: [200, 202] },
  listMarketDataOperations: { method: 'GET', path: '/v1/market-data/operations', keyed: false, statuses: [200] },
  getMarketDataOperation: { method: 'GET', path: '/v1/market-data/operations/{id}', keyed: false, statuses: [200] },
  listAlertLogs: { method: 'GET', path: '/v1/alert-logs', keyed: false, statuses: [200] },
  ingestAlertLogs: { method: 'POST', path: '/v1/alert-logs', keyed: true, statuses: [200] },
  latestAlertLogs: { method: 'GET', path: '/v1/alert-logs/latest', keyed: false, statuses: [200] },
  latestAlertLogsOf: { method: 'POST', path: '/v1/alert-logs/latest', keyed: false, statuses: [200] },
  getAlertLog: { method: 'GET', path: '/v1/alert-logs/{id}', keyed: false, statuses: [200] },
  listAlertLogBatches: { method: 'GET', path: '/v1/alert-logs/batches', keyed: false, statuses: [200] },
  getAlertLogBatch: { method: 'GET', path: '/v1/alert-logs/batches/{batchId}', keyed: false, statuses: [200] },
  deleteAlertLogs: { method: 'POST', path: '/v1/alert-logs/deletions', keyed: true, statuses: [200, 202] },
  restoreAlertLogs: { method: 'POST', path: '/v1/alert-logs/restorations', keyed: true, statuses: [200, 202] },
  listAlertLogOperations: { method: 'GET', path: '/v1/alert-logs/operations', keyed: false, statuses: [200] },
  getAlertLogOperation: { method: 'GET', path: '/v1/alert-logs/operations/{id}', keyed: false, statuses: [200] },
  getInstrument: { method: 'GET', path: '/v1/instruments/{symbol}', keyed: false, statuses: [200] },
  putInstrument: { method: 'PUT', path: '/v1/instruments/{symbol}', keyed: false, statuses: [200] },
  patchInstrument: { method: 'PATCH', path: '/v1/instruments/{symbol}', keyed: false, statuses: [200] },
  listInstruments: { method: 'GET', path: '/v1/instruments', keyed: false, statuses: [200] },
  putInstruments: { method: 'PUT', path: '/v1/instruments', keyed: false, statuses: [200] },
  getAlertRule: { method: 'GET', path: '/v1/alert-rules/{name}', keyed: false, statuses: [200] },
  putAlertRule: { method: 'PUT', path: '/v1/alert-rules/{name}', keyed: false, statuses: [200] },
  patchAlertRule: { method: 'PATCH', path: '/v1/alert-rules/{name}', keyed: false, statuses: [200] },
  listAlertRules: { method: 'GET', path: '/v1/alert-rules', keyed: false, statuses: [200] },
  putAlertRules: { method: 'PUT', path: '/v1/alert-rules', keyed: false, statuses: [200] },
  listReferenceChanges: { method: 'GET', path: '/v1/reference-data/operations', keyed: false, statuses: [200] },
  getReferenceChange: { method: 'GET', path: '/v1/reference-data/operations/{id}', keyed: false, statuses: [200] },
  getConfig: { method: 'GET', path: '/v1/config', keyed: false, statuses: [200] },
  getHealth: { method: 'GET', path: '/v1/health', keyed: false, statuses: [200, 503] },
  listHealth: { method: 'GET', path: '/v1/health/history', keyed: false, statuses: [200] },
  getPoolHealth: { method: 'GET', path: '/v1/health/pool', keyed: false, statuses: [200] },
  getPartitionHealth: { method: 'GET', path: '/v1/health/partitions', keyed: false, statuses: [200] },
  getPerformance: { method: 'GET', path: '/v1/performance', keyed: false, statuses: [200] },
  getOpenApi: { method: 'GET', path: '/v1/openapi.json', keyed: false, statuses: [200] },
} as const;
