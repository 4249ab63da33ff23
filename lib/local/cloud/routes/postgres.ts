import type { StartedRoute, StartRoute } from './route.ts';

/** Postgres behind a PgBouncer of one's own: both are here already, and the functions learn of them from the secret. */
export const startPostgresRoute: StartRoute = async ({ database, settings }): Promise<StartedRoute> => {
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
