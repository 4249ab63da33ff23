import { startDataApiEndpoint } from '../data-api/data-api-endpoint.ts';
import { type BackendContext, loginOf, type StartedBackend } from './backend.ts';

/** Aurora's Data API in front of PostgreSQL itself, without a pooler. */
export async function startDataApiBackend({ account, database, now }: BackendContext): Promise<StartedBackend> {
  const { postgres, pooler } = database;
  const inAccount = (service: string, name: string) => `arn:aws:${service}:${account.region}:${account.id}:${name}`;
  const clusterId = 'local-cluster';
  const clusterArn = inAccount('rds', `cluster:${clusterId}`);
  const ownerSecret = inAccount('secretsmanager', 'secret:rds!cluster-local');
  const appSecret = inAccount('secretsmanager', 'secret:application-local0');
  const directly = new URL(pooler.appUrl);
  directly.port = String(postgres.port);
  const logins: Readonly<Record<string, string>> = {
    [ownerSecret]: postgres.ownerUrl,
    [appSecret]: directly.href,
  };
  const endpoint = await startDataApiEndpoint({
    ...{ clusterArn, now, port: 0 },
    signer: account,
    login: (secretArn) => logins[secretArn],
  });
  return {
    description: `the Data API at ${endpoint.url}`,
    endpoints: { kind: 'data-api' },
    clusterId,
    values: {
      'AWS::RDS::DBCluster': { Ref: clusterId, DBClusterArn: clusterArn, 'MasterUserSecret.SecretArn': ownerSecret },
      'AWS::SecretsManager::Secret': { Ref: appSecret },
    },
    secrets: Object.fromEntries(Object.entries(logins).map(([id, url]) => [id, JSON.stringify(loginOf(url))])),
    variables: { AWS_ENDPOINT_URL_RDS_DATA: endpoint.url },
    stop: () => endpoint.stop(),
  };
}
