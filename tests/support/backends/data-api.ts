import { type DataApiEndpoint, type DataApiEndpointOptions, startDataApiEndpoint } from '@tick-store/local-cloud';
import { DataApiDatabase } from '../../../functions/database/drivers/data-api/data-api-database.ts';
import type { TestDatabase } from '../postgres.ts';

export const CLUSTER_ARN = 'arn:aws:rds:eu-west-1:111122223333:cluster:tick-store';
export const APP_SECRET_ARN = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:tick-store-application-AbCdEf';
export const OWNER_SECRET_ARN = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:rds-cluster-owner-AbCdEf';

/** The key that calls must be signed with. */
export const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };

/** A Data API in front of a test database. */
export interface DataApiAccess {
  /** The variables for a function's environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly endpoint: DataApiEndpoint;
  /** The port on this backend, in this process; the caller closes it. */
  open(): DataApiDatabase;
  stop(): Promise<void>;
}

/**
 * Starts the local endpoint for `@aws-sdk/client-rds-data`. It connects to Postgres directly, as the real service connects to
 * the cluster.
 */
export async function connect(
  database: Pick<TestDatabase, 'name' | 'appUrl' | 'ownerUrl'>,
  limits: NonNullable<DataApiEndpointOptions['limits']> = {},
): Promise<DataApiAccess> {
  const logins: Record<string, string> = {
    [APP_SECRET_ARN]: directly(database.appUrl, database.ownerUrl),
    [OWNER_SECRET_ARN]: database.ownerUrl,
  };
  const endpoint = await startDataApiEndpoint({
    clusterArn: CLUSTER_ARN,
    signer: { region: 'eu-west-1', credentials: CREDENTIALS },
    login: (secretArn) => logins[secretArn],
    port: 0,
    limits,
  });
  const environment = environmentOf(endpoint.url, database.name);
  return {
    environment,
    endpoint,
    open: () => openDataApi(endpoint.url, database.name),
    stop: endpoint.stop,
  };
}

/** Opens the driver on an endpoint. */
export function openDataApi(
  url: string,
  database: string,
  options: Partial<ConstructorParameters<typeof DataApiDatabase>[0]> = {},
): DataApiDatabase {
  // the SDK reads these from the environment at its first call
  const { AWS_ENDPOINT_URL_RDS_DATA: endpoint, ...login } = awsEnvironment(url);
  Object.assign(process.env, login);
  return new DataApiDatabase({
    endpoint,
    resourceArn: CLUSTER_ARN,
    secretArn: APP_SECRET_ARN,
    database,
    acquireTimeoutMs: 5_000,
    queryTimeoutMs: 22_000,
    ...options,
  });
}

const environmentOf = (endpointUrl: string, databaseName: string): Record<string, string> => ({
  DATABASE_DRIVER: 'data-api',
  DATABASE_NAME: databaseName,
  DATABASE_CLUSTER_ARN: CLUSTER_ARN,
  DATABASE_SECRET_ARN: APP_SECRET_ARN,
  ...awsEnvironment(endpointUrl),
});

const awsEnvironment = (endpointUrl: string): Record<string, string> => ({
  AWS_ENDPOINT_URL_RDS_DATA: endpointUrl,
  AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
  AWS_REGION: 'eu-west-1',
});

/** The login of a pooler's URL, with the address of a server's URL. */
function directly(poolerUrl: string, serverUrl: string): string {
  const url = new URL(poolerUrl);
  const server = new URL(serverUrl);
  url.hostname = server.hostname;
  url.port = server.port;
  return url.href;
}
