import type { BackendSpecification, DatabaseNames, LocalVariables } from '@tick-store/local-cloud';
import type { DatabaseSettings } from '../config/database-backend.ts';

/** As the migrations and the stack know them. */
export const DATABASE_NAMES: DatabaseNames = {
  database: 'tick_store',
  owner: 'tick_store_owner',
  application: 'tick_store_app',
  monitor: 'tick_store_stats',
};

/** The database backend of `infra.config.ts`, as the local cloud receives it. */
export function backendSpecification(settings: DatabaseSettings): BackendSpecification {
  if (settings.kind === 'aurora') return { kind: settings.backend };
  return { kind: settings.kind, secretName: settings.secretName };
}

/** What our functions need to know of this machine in addition to what the stack says. */
export const localVariables: LocalVariables = (template, { kind, proxyPort, clusterPort, neonUrl }) => ({
  // nobody is authorised here, so every caller has a name
  ANONYMOUS_ACTOR: 'local',
  ...(kind === 'neon' && template['DATABASE_DRIVER'] === 'neon' ? { NEON_ENDPOINT: String(neonUrl) } : {}),
  // the port of both is 5432 in AWS, where their hosts differ; here the ports do
  ...(kind === 'proxy'
    ? { DATABASE_PORT: String(template['OWNER_SECRET_ARN'] === undefined ? proxyPort : clusterPort) }
    : {}),
  // nobody outside this machine is notified, and the secrets with their keys are in another account
  ...(template['CRITICAL_ALARMS_ARN'] === undefined
    ? {}
    : { CRITICAL_PAGERDUTY_SECRETS: '', WARNING_PAGERDUTY_SECRETS: '' }),
});
