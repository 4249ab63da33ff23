import type { BackendSpecification, DatabaseNames, LocalVariables } from '@tick-store/local-cloud';
import type { DatabaseSettings } from '../config/database-backend.ts';

/** The names that the migrations and the stack use. */
export const DATABASE_NAMES: DatabaseNames = {
  database: 'tick_store',
  owner: 'tick_store_owner',
  application: 'tick_store_app',
  monitor: 'tick_store_stats',
};

/** The database backend of `infra.config.ts`, as the local cloud expects it. */
export function backendSpecification(settings: DatabaseSettings): BackendSpecification {
  if (settings.kind === 'aurora') return { kind: settings.backend };
  return { kind: settings.kind, secretName: settings.secretName };
}

/** Variables that our functions need on this machine, in addition to those of the stack. */
export const localVariables: LocalVariables = (template, { kind, proxyPort, clusterPort, neonUrl }) => ({
  // there is no authorisation here, so every caller has one name
  ANONYMOUS_ACTOR: 'local',
  ...(kind === 'neon' && template['DATABASE_DRIVER'] === 'neon' ? { NEON_ENDPOINT: String(neonUrl) } : {}),
  // in AWS both use port 5432 on different hosts; here they have one host and different ports
  ...(kind === 'proxy'
    ? { DATABASE_PORT: String(template['OWNER_SECRET_ARN'] === undefined ? proxyPort : clusterPort) }
    : {}),
  // nobody outside this machine is notified, and the secrets with their keys are in another account
  ...(template['CRITICAL_ALARMS_ARN'] === undefined
    ? {}
    : { CRITICAL_PAGERDUTY_SECRETS: '', WARNING_PAGERDUTY_SECRETS: '' }),
});
