import type { Database } from '../../../functions/database/database.ts';
import type { TestDatabase } from '../postgres.ts';

/** The parts of a test database that a backend needs. */
export type BackendTarget = Pick<TestDatabase, 'name' | 'appUrl' | 'ownerUrl'>;

/** Access to a test database over one backend. */
export interface BackendAccess {
  /** The variables for a function's environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** The port on this backend, in this process; the caller closes it. */
  open(): Database;
  /** Stops whatever was started for this access. The database itself stays. */
  stop(): Promise<void>;
}

/** The limits of the drivers in these tests. */
export const LIMITS = {
  applicationName: 'test',
  acquireTimeoutMs: 5_000,
  queryTimeoutMs: 22_000,
  recycleSeconds: 3600,
  onIdleError: () => undefined,
};
