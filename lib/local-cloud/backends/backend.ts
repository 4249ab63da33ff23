import type { SecretValues } from '../aws-api/secrets-manager.ts';
import type { LocalAccount } from '../cloudformation/account.ts';
import type { LocalValues } from '../cloudformation/template.ts';
import type { LocalDatabase } from '../servers/local-database.ts';

/**
 * How the functions of a template reach PostgreSQL: Aurora through RDS Proxy, Aurora through the Data API, Neon, or a
 * PostgreSQL behind a PgBouncer of one's own. The last two are not in the template, so the functions find their URLs in a
 * secret: `{"pooledUrl": …, "directUrl": …}`.
 */
export type BackendSpecification =
  | { readonly kind: 'proxy' }
  | { readonly kind: 'data-api' }
  | { readonly kind: 'neon'; readonly secretName: string }
  | { readonly kind: 'postgres'; readonly secretName: string };

/** What a backend is made from. */
export interface BackendContext {
  readonly account: LocalAccount;
  readonly database: LocalDatabase;
  /** Where files go that functions read. */
  readonly directory: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Where a backend listens on this machine, where that is not what the template says. */
export interface BackendEndpoints {
  readonly kind: BackendSpecification['kind'];
  /** Of RDS Proxy. */
  readonly proxyPort?: number;
  /** Of the Aurora cluster itself, which takes TLS connections past the proxy. */
  readonly clusterPort?: number;
  /** Of the Neon endpoint: SQL over HTTP, and WebSockets. */
  readonly neonUrl?: string;
}

/** One way from the functions to PostgreSQL, its endpoints running on this machine. */
export interface StartedBackend {
  /** For a person, such as `RDS Proxy on port 41234`. */
  readonly description: string;
  readonly endpoints: BackendEndpoints;
  /** What CloudWatch calls the cluster, if there is one. */
  readonly clusterId?: string;
  /** What the template's references to the database mean. */
  readonly values: LocalValues;
  /** What Secrets Manager returns. */
  readonly secrets: SecretValues;
  /** What every function finds in its environment, on top of the template's variables. */
  readonly variables: Readonly<Record<string, string>>;
  /** Logins refused since the start, where the backend counts them. */
  refusedLogins?(): number;
  stop(): Promise<void>;
}

/** A URL's login, in the form of a secret of RDS. */
export function loginOf(url: string): { readonly username: string; readonly password: string } {
  const { username, password } = new URL(url);
  return { username: decodeURIComponent(username), password: decodeURIComponent(password) };
}

/** The secret of a database that the template does not make. */
export function urlSecret(secretName: string, { pooler, postgres }: LocalDatabase): SecretValues {
  return { [secretName]: JSON.stringify({ pooledUrl: pooler.appUrl, directUrl: postgres.ownerUrl }) };
}
