import type { StartBackend, StartedBackend } from './backend.ts';

/** Postgres behind a PgBouncer of one's own: both are here already, and the functions learn of them from the secret. */
export const startPostgresRoute: StartBackend = async ({ database, settings }): Promise<StartedBackend> => {
  const { pooler, postgres } = database;
  const urls = JSON.stringify({ pooledUrl: pooler.appUrl, directUrl: postgres.ownerUrl });
  return {
    description: `PgBouncer on port ${pooler.port}`,
    values: {},
    secrets: settings.kind === 'postgres' ? { [settings.secretName]: urls } : {},
    variables: () => ({}),
    stop: async () => undefined,
  };
};
