import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { configResponseOf } from '../../../functions/config/config-response.ts';
import { openApiDocument } from '../../../functions/contract/openapi.ts';
import type { FunctionName } from '../../../functions/contract/route.ts';
import { ownerEnvironmentSchema } from '../../../functions/deploy/connect-owner.ts';
import { environmentSchema, environmentVariables } from '../../../functions/runtime/environment.ts';
import {
  capacityFactsOf,
  effectiveConfigOf,
  functionAcquireSeconds,
  LONE_CONCURRENCY,
  reservedConcurrency,
} from '../../config/capacity.ts';
import { backendOf } from '../../config/database-backend.ts';
import type { Settings } from '../../config/schema.ts';
import { healthThresholds } from '../../config/thresholds.ts';
import type { DatabaseAccess } from '../database/database-access.ts';
import type { Names } from '../shared/names.ts';
import { bundleOf, type Companions } from './bundle.ts';
import { ServiceFunction } from './service-function.ts';

/**
 * Every function: those behind the API, and those that a schedule or a deployment runs. Each is an entry in
 * `functions/`.
 */
export type EntryName = FunctionName | 'probe-health' | 'maintain-partitions' | DeployingEntry;

/** Run only by a deployment, before new functions serve traffic. */
const DEPLOYING = ['migrate', 'smoke-run'] as const;
export type DeployingEntry = (typeof DEPLOYING)[number];
export const isDeploying = (entry: string): entry is DeployingEntry => (DEPLOYING as readonly string[]).includes(entry);

export interface FunctionsProps {
  readonly names: Names;
  readonly settings: Settings;
  readonly access: DatabaseAccess;
  /** The service's version, for the OpenAPI document. */
  readonly release: string;
  readonly logRetention: logs.RetentionDays;
}

interface Definition {
  readonly description: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  readonly environment?: Readonly<Record<string, string>>;
  readonly permissions?: readonly iam.PolicyStatement[];
  readonly companions?: Companions;
}

/** A run of the probe takes two samples 30 s apart, each within 10 s. */
const PROBE_TIMEOUT_SECONDS = 60;
/** Archiving waits for locks for minutes, and nothing waits for it. */
const MAINTENANCE_TIMEOUT_SECONDS = 300;
/** Lambda's maximum, for an index on a table of years. */
const MIGRATION_TIMEOUT_SECONDS = 900;
/** Four times the maximum duration of a call, because failed statements are retried as plain ones. */
const SMOKE_TIMEOUT_SECONDS = 120;
/** Memory of one ACU. */
const MB_PER_ACU = 2048;

/** All functions of the service. */
export class Functions extends Construct {
  readonly byEntry: Readonly<Record<EntryName, ServiceFunction>>;

  constructor(scope: Construct, id: string, props: FunctionsProps) {
    super(scope, id);
    const definitions = definitionsOf(props);
    const entries = Object.keys(definitions) as EntryName[];
    const reserved = reservedConcurrency(props.settings);
    const common = commonEnvironment(props);
    const make = (entry: EntryName): ServiceFunction => {
      const { environment = {}, companions, timeoutSeconds, ...definition } = definitions[entry];
      const migrates = entry === 'migrate';
      return new ServiceFunction(this, idOf(entry), {
        ...definition,
        names: props.names,
        entry,
        bundle: bundleOf(entry, entries, migrates ? migrationChoiceOf(props.access) : props.access.choice, companions),
        timeout: Duration.seconds(timeoutSeconds),
        reservedConcurrency: reserved[entry] ?? LONE_CONCURRENCY,
        connection: migrates ? props.access.migration : props.access.application,
        environment: migrates ? environment : { ...common, FUNCTION_NAME: entry, ...environment },
        environmentSchema: migrates ? ownerEnvironmentSchema : environmentSchema,
        environmentNames: Object.keys(migrates ? ownerEnvironmentSchema.shape : environmentVariables.shape),
        logRetention: props.logRetention,
      });
    };
    this.byEntry = Object.fromEntries(entries.map((entry) => [entry, make(entry)])) as Record<
      EntryName,
      ServiceFunction
    >;
  }

  get all(): ServiceFunction[] {
    return Object.values(this.byEntry);
  }
}

const migrationChoiceOf = ({ choice, migrationChoice = choice }: DatabaseAccess) => migrationChoice;

function commonEnvironment({ names, settings, access }: FunctionsProps): Record<string, string> {
  const { pooler, api } = settings;
  return {
    SERVICE_NAME: names.service,
    REQUESTS_PER_SECOND: String(api.requestsPerSecond),
    DATABASE_DRIVER: access.choice.driver,
    DATABASE_CREDENTIALS: access.choice.credentials,
    ACQUIRE_TIMEOUT_MS: String(functionAcquireSeconds(settings) * 1000),
    RECYCLE_SECONDS: String(pooler.recycleSeconds),
    ...(pooler.copy === 'off' ? { COPY: pooler.copy } : {}),
    ...(pooler.pipelining === 'off' ? { PIPELINING: pooler.pipelining } : {}),
    ...(api.authorization === 'none' ? { ANONYMOUS_ACTOR: 'anonymous' } : {}),
  };
}

const openApiTexts = new Map<string, string>();

/** The document of a release, generated once for all stages of an app: 30 ms. */
function openApiText(release: string): string {
  const text = openApiTexts.get(release) ?? JSON.stringify(openApiDocument(release));
  openApiTexts.set(release, text);
  return text;
}

function definitionsOf({ settings, access, release }: FunctionsProps): Record<EntryName, Definition> {
  const { ingest, deletion, restoration, reads, referenceData, health, probe, maintenance, retention } = settings;
  const judging = judgement(settings, access);
  return {
    ingest: { description: 'Stores batches of ticks and alert logs', ...sized(ingest) },
    delete: { description: 'Soft-deletes rows, as operations', ...sized(deletion) },
    restore: { description: 'Restores deleted rows, as operations', ...sized(restoration) },
    read: {
      description: 'Reads, and responds to requests that match no route',
      ...sized(reads),
      companions: {
        files: {
          'config.json': JSON.stringify(configResponseOf(effectiveConfigOf(settings))),
          'openapi.json': openApiText(release),
        },
      },
    },
    'reference-data': { description: 'Changes instruments and alert rules', ...sized(referenceData) },
    health: { description: 'Returns the health of the service from its last sample', ...sized(health), ...judging },
    'probe-health': {
      description: 'Samples the health of database and pooler',
      memoryMb: probe.memoryMb,
      timeoutSeconds: PROBE_TIMEOUT_SECONDS,
      ...judging,
    },
    'maintain-partitions': {
      description: 'Creates future partitions, archives old ones, continues large operations, refreshes roll-ups',
      memoryMb: maintenance.memoryMb,
      timeoutSeconds: MAINTENANCE_TIMEOUT_SECONDS,
      environment: { ...keptOf(retention), ...sleeping(settings, access) },
      permissions: 'DATABASE_MAY_SLEEP' in sleeping(settings, access) ? [readsCloudWatch()] : [],
    },
    'smoke-run': {
      description: 'Stores two rows and rolls them back, before new functions serve traffic',
      memoryMb: 512,
      timeoutSeconds: SMOKE_TIMEOUT_SECONDS,
    },
    migrate: {
      description: 'Migrates the schema before new functions serve traffic',
      memoryMb: 512,
      timeoutSeconds: MIGRATION_TIMEOUT_SECONDS,
      environment: { DATABASE_DRIVER: migrationChoiceOf(access).driver },
      companions: { directories: { migrations: 'functions/database/migrations' } },
    },
  };
}

const keptOf = ({ archivePartitions, tickMonths, alertLogQuarters, keyDays }: Settings['retention']) => ({
  KEEP_KEY_DAYS: String(keyDays),
  ...(archivePartitions
    ? { KEEP_TICK_MONTHS: String(tickMonths), KEEP_ALERT_LOG_QUARTERS: String(alertLogQuarters) }
    : {}),
});

/**
 * Connections from the pooler to the database. The Data API has no pool of a fixed size, so there it is one per
 * execution.
 */
function mostConnections(settings: Settings): number {
  const { pooler, database } = settings;
  if (backendOf(database) === 'data-api') return capacityFactsOf(settings).pooler.serverConnections;
  return pooler.baseConnections + pooler.overflowConnections;
}

const sized = ({ memoryMb, timeoutSeconds }: Settings['ingest']) => ({ memoryMb, timeoutSeconds });

/**
 * How to find out that the database is paused, so that a run every minute does not resume it. Only Aurora behind the
 * Data API pauses.
 */
function sleeping({ database }: Settings, { backend, cluster }: DatabaseAccess): Record<string, string> {
  if (backend !== 'data-api' || database.kind !== 'aurora' || database.minAcu > 0 || cluster === undefined) return {};
  return { DATABASE_MAY_SLEEP: 'true', DATABASE_CLUSTER_ID: cluster.clusterIdentifier };
}

/** The thresholds of the probe and the health routes, and their sources in addition to the database. */
function judgement(settings: Settings, access: DatabaseAccess): Pick<Definition, 'environment' | 'permissions'> {
  const { pooler, database, probe, thresholds } = settings;
  const { backend, cluster } = access;
  // CloudWatch cannot be reached from the network, and the alarms see Aurora's metrics without the probe
  const looks = backend === 'data-api';
  return {
    environment: {
      THRESHOLDS: JSON.stringify(healthThresholds(thresholds)),
      PROBE_INTERVAL_SECONDS: String(probe.intervalSeconds),
      POOL_BASE_CONNECTIONS: String(pooler.baseConnections),
      POOL_MAX_CONNECTIONS: String(mostConnections(settings)),
      ...(looks ? { READ_CLOUDWATCH: 'true' } : {}),
      ...(cluster && looks ? { DATABASE_CLUSTER_ID: cluster.clusterIdentifier } : {}),
      ...sleeping(settings, access),
      ...(looks && database.kind === 'aurora' ? { DATABASE_MEMORY_MB: String(database.maxAcu * MB_PER_ACU) } : {}),
    },
    permissions: looks ? [readsCloudWatch()] : [],
  };
}

const readsCloudWatch = () => new iam.PolicyStatement({ actions: ['cloudwatch:GetMetricData'], resources: ['*'] });

/** Converts `reference-data` to `ReferenceData`. */
const idOf = (entry: string) => entry.replace(/(^|-)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());
