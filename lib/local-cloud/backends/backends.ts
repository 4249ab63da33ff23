import type { DatabaseBackend } from '../../config/database-backend.ts';
import type { StartBackend } from './backend.ts';
import { startDataApiRoute } from './data-api-backend.ts';
import { startNeonRoute } from './neon-backend.ts';
import { startPostgresRoute } from './postgres-backend.ts';
import { startProxyRoute } from './proxy-backend.ts';

/** How each backend runs on a laptop. */
export const LOCAL_BACKENDS: Readonly<Record<DatabaseBackend, StartBackend>> = {
  proxy: startProxyRoute,
  'data-api': startDataApiRoute,
  neon: startNeonRoute,
  postgres: startPostgresRoute,
};
