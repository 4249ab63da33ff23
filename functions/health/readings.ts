/** Numbers that only the platform's monitoring has. Missing ones are null. */
export interface Readings {
  readonly cpuPercent: number | null;
  readonly memoryUsedMb: number | null;
  readonly freeableMemoryShare: number | null;
  readonly diskReadMbPerSecond: number | null;
  readonly diskWriteMbPerSecond: number | null;
  readonly replicaLagSeconds: number | null;
  /** RDS Proxy's pinned sessions. */
  readonly pinned: number | null;
  /** The functions' own metrics of the last known minute. */
  readonly queryP95Ms: number | null;
  readonly queryP99Ms: number | null;
  readonly errors: number | null;
  readonly timeouts: number | null;
}

/** The port to the platform's monitoring. Every call returns within `timeoutMs`, or throws. */
export interface Platform {
  /** Whether the database is paused, found out without waking it. */
  isSuspended(timeoutMs: number): Promise<boolean>;
  readings(timeoutMs: number): Promise<Readings>;
}
