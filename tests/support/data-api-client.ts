import {
  BeginTransactionCommand,
  CommitTransactionCommand,
  ExecuteStatementCommand,
  type ExecuteStatementCommandInput,
  RDSDataClient,
  RollbackTransactionCommand,
  type SqlParameter,
} from '@aws-sdk/client-rds-data';
import { afterAll, beforeAll, expect, inject } from 'vitest';
import { APP_SECRET_ARN, CLUSTER_ARN, CREDENTIALS, connect, type DataApiAccess } from './backends/data-api.ts';
import { createTestDatabase, type TestDatabase, withClient } from './postgres.ts';

export let copy: TestDatabase;
export let backend: DataApiAccess;
export let client: RDSDataClient;

/** Call once at the top of a test file. Starts a local Data API with tight limits, and the SDK's client for it. */
export function prepareEndpointTests(): void {
  beforeAll(async () => {
    copy = await createTestDatabase(inject('postgres'));
    await withClient(copy.ownerUrl, (owner) =>
      owner.query(
        'create table tick_store.notes (id int8 primary key); grant select, insert on tick_store.notes to tick_store_app',
      ),
    );
    backend = await connect(copy, { statementTimeoutMs: 700, idleTimeoutMs: 1000, poolSize: 3 });
    client = clientOf(backend);
  });
  afterAll(async () => {
    client.destroy();
    await backend.stop();
    await copy.drop();
  });
}

/** The SDK's client of a local Data API, which sends each call once. The caller destroys it. */
export const clientOf = ({ endpoint }: DataApiAccess): RDSDataClient =>
  new RDSDataClient({ endpoint: endpoint.url, region: 'eu-west-1', credentials: CREDENTIALS, maxAttempts: 1 });

export const target = () => ({ resourceArn: CLUSTER_ARN, secretArn: APP_SECRET_ARN, database: copy.name });
export const execute = (sql: string, options: Partial<ExecuteStatementCommandInput> = {}) =>
  client.send(new ExecuteStatementCommand({ ...target(), sql, ...options }));
export const ask = (sql: string, ...parameters: SqlParameter[]) => execute(sql, { parameters });
export const begin = async () => (await client.send(new BeginTransactionCommand(target()))).transactionId as string;
export const commit = (transactionId: string) =>
  client.send(new CommitTransactionCommand({ ...target(), transactionId }));
export const rollback = (transactionId: string) =>
  client.send(new RollbackTransactionCommand({ ...target(), transactionId }));
export const refused = (name: string, message: string | RegExp = /./) => ({
  name,
  message: typeof message === 'string' ? message : expect.stringMatching(message),
});
