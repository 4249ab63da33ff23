import {
  type DataApiEndpoint,
  type DataApiEndpointOptions,
  startDataApiEndpoint,
} from '../../../lib/local/data-api/endpoint.ts';
import type { TestDatabase } from '../postgres.ts';

export const CLUSTER_ARN = 'arn:aws:rds:eu-west-1:111122223333:cluster:tick-store';
export const APP_SECRET_ARN = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:tick-store-application-AbCdEf';
export const OWNER_SECRET_ARN = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:rds-cluster-owner-AbCdEf';

/** A way to a test's database that is not `pg`: what the functions need in their environment, and what to stop after. */
export interface DataApiRoute {
  readonly environment: Readonly<Record<string, string>>;
  readonly endpoint: DataApiEndpoint;
  stop(): Promise<void>;
}

/** Starts the Data API of a test's database. Its connections go to Postgres itself, as the service's do. */
export async function startDataApiRoute(
  database: TestDatabase,
  limits?: DataApiEndpointOptions['limits'],
): Promise<DataApiRoute> {
  const logins: Record<string, string> = {
    [APP_SECRET_ARN]: directly(database.appUrl, database.ownerUrl),
    [OWNER_SECRET_ARN]: database.ownerUrl,
  };
  const endpoint = await startDataApiEndpoint({
    clusterArn: CLUSTER_ARN,
    login: (secretArn) => logins[secretArn],
    port: 0,
    ...(limits === undefined ? {} : { limits }),
  });
  return { environment: dataApiEnvironment(endpoint.url, database.name), endpoint, stop: endpoint.stop };
}

/** The environment of functions on this route. The credentials are anything: the endpoint checks no signature. */
export const dataApiEnvironment = (endpointUrl: string, databaseName: string): Record<string, string> => ({
  DATABASE_DRIVER: 'data-api',
  DATABASE_NAME: databaseName,
  DATABASE_CLUSTER_ARN: CLUSTER_ARN,
  DATABASE_SECRET_ARN: APP_SECRET_ARN,
  AWS_ENDPOINT_URL_RDS_DATA: endpointUrl,
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
});

/** A login of the pooler's, at the server that another URL names. */
function directly(poolerUrl: string, serverUrl: string): string {
  const url = new URL(poolerUrl);
  const server = new URL(serverUrl);
  url.hostname = server.hostname;
  url.port = server.port;
  return url.href;
}
