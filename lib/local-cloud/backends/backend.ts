import type { SecretValues } from '../aws-api/secrets-manager.ts';
import type { LocalAccount } from '../cloudformation/account.ts';
import type { LocalValues } from '../cloudformation/template.ts';
import type { LocalDatabase } from '../servers/local-database.ts';

/**
 * How the functions of a template reach PostgreSQL: Aurora through RDS Proxy, Aurora through the Data API, Neon, or a
 * self-managed PostgreSQL behind PgBouncer. The last two are not part of the template, so the functions read their URLs
 * from a secret: `{"pooledUrl": …, "directUrl": …}`.
 */
export type BackendSpecification =
  | { readonly kind: 'proxy' }
  | { readonly kind: 'data-api' }
  | { readonly kind: 'neon'; readonly secretName: string }
  | { readonly kind: 'postgres'; readonly secretName: string };

/** The context in which a backend starts. */
export interface BackendContext {
  readonly account: LocalAccount;
  readonly database: LocalDatabase;
  /** The directory of files that functions read. */
  readonly directory: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Where a backend listens on this machine, if that differs from the template. */
export interface BackendEndpoints {
  readonly kind: BackendSpecification['kind'];
  /** The port of RDS Proxy. */
  readonly proxyPort?: number;
  /** The port of the Aurora cluster itself, which accepts TLS connections that bypass the proxy. */
  readonly clusterPort?: number;
  /** The URL of the Neon endpoint: SQL over HTTP, and WebSockets. */
  readonly neonUrl?: string;
}

/** A database backend whose endpoints are running on this machine. */
export interface StartedBackend {
  /** For a person, such as `RDS Proxy on port 41234`. */
  readonly description: string;
  readonly endpoints: BackendEndpoints;
  /** The cluster's identifier in CloudWatch, if there is one. */
  readonly clusterId?: string;
  /** The values of the template's references to the database. */
  readonly values: LocalValues;
  /** What Secrets Manager returns. */
  readonly secrets: SecretValues;
  /** Environment variables of every function, in addition to the template's. */
  readonly variables: Readonly<Record<string, string>>;
  /** Logins refused since the start, if the backend counts them. */
  refusedLogins?(): number;
  stop(): Promise<void>;
}

/** The login of a URL, in the form of an RDS secret. */
export function loginOf(url: string): { readonly username: string; readonly password: string } {
  const { username, password } = new URL(url);
  return { username: decodeURIComponent(username), password: decodeURIComponent(password) };
}

/** The secret for a database that the template does not create. */
export function urlSecret(secretName: string, { pooler, postgres }: LocalDatabase): SecretValues {
  return { [secretName]: JSON.stringify({ pooledUrl: pooler.appUrl, directUrl: postgres.ownerUrl }) };
}
