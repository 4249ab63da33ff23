import { type BackendContext, type StartedBackend, urlSecret } from './backend.ts';

/**
 * A self-managed PostgreSQL behind PgBouncer: both are already running, and the functions find their URLs in the
 * secret.
 */
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
