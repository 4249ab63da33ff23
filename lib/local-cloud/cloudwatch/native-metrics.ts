import type { ExchangeRecord } from '../api-gateway/responder.ts';
import type { CloudApi } from '../api-gateway/template-routes.ts';
import type { Resource } from '../cloudformation/resource.ts';
import type { InvocationRecord } from '../lambda/execution-environments.ts';
import type { Clock } from '../machine/clock.ts';
import type { LocalQueue } from '../messaging/local-queue.ts';
import type { LocalDatabase } from '../servers/local-database.ts';
import { type ConsoleView, readConsole } from '../servers/pgbouncer-console.ts';
import { withClient } from '../servers/postgres-cluster.ts';
import type { MetricStore } from './metrics/metric-store.ts';
import { apiMetrics } from './metrics/native/api-gateway.ts';
import { auroraMetrics, type DatabaseLook } from './metrics/native/aurora.ts';
import { lambdaMetrics } from './metrics/native/lambda.ts';
import { type PoolerLook, proxyMetrics } from './metrics/native/rds-proxy.ts';
import { queueMetrics } from './metrics/native/sqs.ts';

interface NativeMetricsOptions {
  readonly resources: readonly Resource[];
  readonly clock: Clock;
  readonly metrics: MetricStore;
  readonly aliases: ReadonlyMap<string, string>;
  readonly api: CloudApi;
  readonly queues: ReadonlyMap<string, LocalQueue>;
  readonly database: LocalDatabase;
  /** Server connections that the pooler may open. */
  readonly maxConnections: number;
  /** The cluster's identifier in CloudWatch, if there is one. */
  readonly clusterId: string | undefined;
  readonly refusedLogins: (() => number) | undefined;
}

const EVERY_MS = 60_000;
/** Samples are taken this long after the full minute, clear of its edge, and count for that minute. */
const OFFSET_MS = 5_000;
const LOOK_TIMEOUT_MS = 5_000;

/**
 * The metrics that AWS services publish themselves, from real local events: invocations and requests as they end, and a
 * sample of PgBouncer, PostgreSQL and the queues every minute. Metrics that cannot be measured stay missing.
 */
export class NativeMetrics {
  readonly #options: NativeMetricsOptions;
  readonly #proxyNames: readonly string[];
  #cancel = () => {};
  #looking: Promise<void> = Promise.resolve();
  #pooler: PoolerLook | null = null;
  #database: DatabaseLook | null = null;

  constructor(options: NativeMetricsOptions) {
    this.#options = options;
    const of = (type: string) => options.resources.filter((resource) => resource.type === type);
    this.#proxyNames = of('AWS::RDS::DBProxy').map(({ properties }) => String(properties['DBProxyName']));
  }

  /** An invocation has ended or was throttled. */
  invoked(record: InvocationRecord): void {
    const { metrics, aliases } = this.#options;
    const alias = aliases.get(record.functionName);
    metrics.put(lambdaMetrics({ ...record, ...(alias === undefined ? {} : { alias }) }));
  }

  /** A request to the API got its response. */
  exchanged(record: ExchangeRecord): void {
    const { metrics, api, clock } = this.#options;
    metrics.put(apiMetrics({ ...record, apiId: api.apiId, stage: api.stage, at: clock.now() }));
  }

  start(): void {
    this.#plan();
  }

  /** Resolves when no sample is in progress. */
  async stop(): Promise<void> {
    this.#cancel();
    await this.#looking;
  }

  #plan(): void {
    const { clock } = this.#options;
    const next = Math.floor(clock.now() / EVERY_MS + 1) * EVERY_MS + OFFSET_MS;
    this.#cancel = clock.at(next, () => {
      this.#plan();
      this.#looking = this.#look();
      return this.#looking;
    });
  }

  async #look(): Promise<void> {
    const { metrics, queues, clock, maxConnections, clusterId, refusedLogins } = this.#options;
    const at = clock.now();
    const poolerPid = this.#options.database.pooler.pid;
    for (const queue of queues.values()) metrics.put(queueMetrics(queue.name, queue.counts(at), at));
    if (clusterId === undefined) return;
    const [console, looked] = await Promise.all([this.#console(), this.#databaseLook(at)]);
    if (looked !== null) {
      metrics.put(auroraMetrics(clusterId, looked, this.#database));
      this.#database = looked;
    }
    const refused = refusedLogins === undefined ? {} : { refusedLogins: refusedLogins() };
    const look = { at, poolerPid, console, databaseResponds: looked !== null, ...refused };
    for (const proxyName of this.#proxyNames)
      metrics.put(
        proxyMetrics(
          { proxyName, database: this.#options.database.postgres.names.database, maxConnections },
          look,
          this.#pooler,
        ),
      );
    this.#pooler = look;
  }

  async #console(): Promise<ConsoleView | null> {
    // if it does not respond, the missing metrics show that
    return await readConsole(this.#options.database.pooler.adminUrl, LOOK_TIMEOUT_MS).catch(() => null);
  }

  async #databaseLook(at: number): Promise<DatabaseLook | null> {
    try {
      return await withClient(
        this.#options.database.postgres.superuserUrl,
        async (client) => {
          const { rows } = await client.query<Omit<DatabaseLook, 'at'>>(DATABASE_LOOK, [
            this.#options.database.postgres.names.database,
          ]);
          return rows[0] === undefined ? null : { at, ...rows[0] };
        },
        LOOK_TIMEOUT_MS,
      );
    } catch {
      return null;
    }
  }
}

const DATABASE_LOOK = `
  select deadlocks::float8 as deadlocks, stats_reset::text as "statsReset",
         (select count(*)::int from pg_stat_activity
           where backend_type = 'client backend' and pid <> pg_backend_pid()) as connections
    from pg_stat_database where datname = $1`;
