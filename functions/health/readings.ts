/** What only the platform's own monitoring knows. Every number is null where it has none. */
export interface Readings {
  readonly cpuPercent: number | null;
  readonly memoryUsedMb: number | null;
  readonly freeableMemoryShare: number | null;
  readonly diskReadMbPerSecond: number | null;
  readonly diskWriteMbPerSecond: number | null;
  readonly replicaLagSeconds: number | null;
  /** RDS Proxy's pinned sessions. */
  readonly pinned: number | null;
  /** The functions' own, of the last minute that is known. */
  readonly queryP95Ms: number | null;
  readonly queryP99Ms: number | null;
  readonly errors: number | null;
  readonly timeouts: number | null;
}

/** The port to the platform's monitoring. Answers within `timeoutMs`, or throws. */
export interface Platform {
  /** Whether the database sleeps now, found out without waking it. */
  isSuspended(timeoutMs: number): Promise<boolean>;
  readings(timeoutMs: number): Promise<Readings>;
}
