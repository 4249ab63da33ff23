import { join } from 'node:path';
import { makeCertificate, TLS_HOST } from '../rds-proxy/certificate.ts';
import { connectBehind, join as joinBytes, openPgDoor } from '../rds-proxy/postgres-front.ts';
import { startRdsProxy } from '../rds-proxy/rds-proxy.ts';
import { OWNER, withClient } from '../servers/postgres-cluster.ts';
import { writePrivate } from '../servers/private-files.ts';
import { loginOf, type StartBackend, type StartedBackend } from './backend.ts';

/** Aurora behind RDS Proxy: a front before PgBouncer for the functions, and the cluster's own for migrations. */
export const startProxyRoute: StartBackend = async ({ account, database, directory, now }): Promise<StartedBackend> => {
  const { postgres, pooler } = database;
  const certificate = await makeCertificate();
  const caFile = join(directory, 'rds-ca.pem');
  writePrivate(caFile, certificate.certificate);
  await makeIamRole(postgres.superuserUrl);
  const { username, password } = loginOf(pooler.appUrl);
  const proxy = await startRdsProxy({
    ...{ account, certificate, now },
    poolerPort: pooler.port,
    passwordOf: (user) => (user === username ? password : undefined),
  });
  const cluster = await openPgDoor({
    certificate,
    refusal: 'no pg_hba.conf entry for this host, no encryption',
    // logs in to Postgres itself
    serve: async (client) => joinBytes(client, await connectBehind(postgres.port)),
  });
  const clusterId = 'local-cluster';
  const ownerSecret = `arn:aws:secretsmanager:${account.region}:${account.id}:secret:rds!cluster-local`;
  return {
    description: `RDS Proxy on port ${proxy.port}, the cluster on port ${cluster.port}`,
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
    variables: (template) => ({
      NODE_EXTRA_CA_CERTS: caFile,
      // the port of both is 5432 in AWS, where their hosts differ; here the ports do
      DATABASE_PORT: String(template['OWNER_SECRET_ARN'] === undefined ? proxy.port : cluster.port),
    }),
    refusedLogins: () => proxy.refusedLogins(),
    stop: async () => {
      await Promise.all([proxy.stop(), cluster.stop()]);
    },
  };
};

/** On RDS it is there; membership lets a role log in by token, which the front decides here. */
async function makeIamRole(superuserUrl: string): Promise<void> {
  await withClient(superuserUrl, async (client) => {
    await client.query(`
      do $$ begin
        if not exists (select from pg_roles where rolname = 'rds_iam') then
          create role rds_iam nologin;
        end if;
        grant rds_iam to ${OWNER} with admin option, inherit false, set false;
      end $$`);
  });
}
