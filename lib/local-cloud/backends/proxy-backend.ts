import { join } from 'node:path';
import { makeCertificate, TLS_HOST } from '../rds-proxy/certificate.ts';
import { startRdsProxy } from '../rds-proxy/rds-proxy.ts';
import { connectToServer, pipeBothWays, startTlsListener } from '../rds-proxy/tls-listener.ts';
import { withClient } from '../servers/postgres-cluster.ts';
import { writePrivate } from '../servers/private-files.ts';
import { type BackendContext, loginOf, type StartedBackend } from './backend.ts';

/** Aurora behind RDS Proxy: a proxy in front of PgBouncer for the functions, and the cluster's own port for migrations. */
export async function startProxyBackend(context: BackendContext): Promise<StartedBackend> {
  const { account, database, directory, now } = context;
  const { postgres, pooler } = database;
  const certificate = await makeCertificate();
  const caFile = join(directory, 'rds-ca.pem');
  writePrivate(caFile, certificate.certificate);
  await makeIamRole(postgres.superuserUrl, postgres.names.owner);
  const { username, password } = loginOf(pooler.appUrl);
  const proxy = await startRdsProxy({
    ...{ account, certificate, now },
    poolerPort: pooler.port,
    passwordOf: (user) => (user === username ? password : undefined),
  });
  const cluster = await startTlsListener({
    certificate,
    refusal: 'no pg_hba.conf entry for this host, no encryption',
    // the client logs in to PostgreSQL itself
    serve: async (client) => pipeBothWays(client, await connectToServer(postgres.port)),
  });
  const clusterId = 'local-cluster';
  const ownerSecret = `arn:aws:secretsmanager:${account.region}:${account.id}:secret:rds!cluster-local`;
  return {
    description: `RDS Proxy on port ${proxy.port}, the cluster on port ${cluster.port}`,
    endpoints: { kind: 'proxy', proxyPort: proxy.port, clusterPort: cluster.port },
    clusterId,
    values: {
      'AWS::RDS::DBProxy': { Endpoint: TLS_HOST },
      'AWS::RDS::DBCluster': {
        Ref: clusterId,
        'Endpoint.Address': TLS_HOST,
        'Endpoint.Port': String(cluster.port),
        'MasterUserSecret.SecretArn': ownerSecret,
      },
    },
    secrets: { [ownerSecret]: JSON.stringify(loginOf(postgres.ownerUrl)) },
    variables: { NODE_EXTRA_CA_CERTS: caFile },
    refusedLogins: () => proxy.refusedLogins(),
    stop: async () => {
      await Promise.all([proxy.stop(), cluster.stop()]);
    },
  };
}

/** RDS has this role. Its members log in by token; the local proxy checks the token. */
async function makeIamRole(superuserUrl: string, owner: string): Promise<void> {
  await withClient(superuserUrl, async (client) => {
    await client.query(`
      do $$ begin
        if not exists (select from pg_roles where rolname = 'rds_iam') then
          create role rds_iam nologin;
        end if;
        grant rds_iam to ${owner} with admin option, inherit false, set false;
      end $$`);
  });
}
