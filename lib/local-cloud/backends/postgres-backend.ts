import { type BackendContext, type StartedBackend, urlSecret } from './backend.ts';

/** PostgreSQL behind a PgBouncer of one's own: both run already, and the functions find their URLs in the secret. */
export async function startPostgresBackend({ database }: BackendContext, secretName: string): Promise<StartedBackend> {
  return {
    description: `PgBouncer on port ${database.pooler.port}`,
    endpoints: { kind: 'postgres' },
    values: {},
    secrets: urlSecret(secretName, database),
    variables: {},
    stop: async () => undefined,
  };
}
