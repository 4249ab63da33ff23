import type { BackendContext, BackendSpecification, StartedBackend } from './backend.ts';
import { startDataApiBackend } from './data-api-backend.ts';
import { startNeonBackend } from './neon-backend.ts';
import { startPostgresBackend } from './postgres-backend.ts';
import { startProxyBackend } from './proxy-backend.ts';

/**
 * Starts the endpoints of a database backend in front of a running database.
 * @throws Error if one of them cannot listen
 */
export function startBackend(specification: BackendSpecification, context: BackendContext): Promise<StartedBackend> {
  switch (specification.kind) {
    case 'proxy':
      return startProxyBackend(context);
    case 'data-api':
      return startDataApiBackend(context);
    case 'neon':
      return startNeonBackend(context, specification.secretName);
    case 'postgres':
      return startPostgresBackend(context, specification.secretName);
  }
}
