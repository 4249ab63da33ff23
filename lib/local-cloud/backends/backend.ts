import type { DatabaseSettings } from '../../config/database-backend.ts';
import type { SecretValues } from '../aws-api/secrets-manager.ts';
import type { LocalAccount } from '../cloudformation/account.ts';
import type { LocalValues } from '../cloudformation/template.ts';
import type { LocalDatabase } from '../servers/local-database.ts';

export interface RouteContext {
  readonly account: LocalAccount;
  readonly database: LocalDatabase;
  /** What `infra.config.ts` says of the database. */
  readonly settings: DatabaseSettings;
  /** Where files go that functions read. */
  readonly directory: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** One way from the functions to Postgres, its endpoints running on this machine. */
export interface StartedBackend {
  /** For a person, such as `RDS Proxy on port 41234`. */
  readonly description: string;
  /** What CloudWatch calls the cluster, where there is one. */
  readonly clusterId?: string;
  /** What the template's references to the database mean. */
  readonly values: LocalValues;
  /** What Secrets Manager answers. */
  readonly secrets: SecretValues;
  /** What a function with these variables of the template finds besides them, or in their place. */
  variables(template: Readonly<Record<string, string>>): Record<string, string>;
  /** Logins refused since the start, where the backend counts them. */
  refusedLogins?(): number;
  stop(): Promise<void>;
}

/** A URL's login, in the form of a secret of RDS. */
export function loginOf(url: string): { readonly username: string; readonly password: string } {
  const { username, password } = new URL(url);
  return { username: decodeURIComponent(username), password: decodeURIComponent(password) };
}

export type StartBackend = (context: RouteContext) => Promise<StartedBackend>;
