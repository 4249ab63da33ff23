import { backendOf } from '../../config/database-backend.ts';
import type { Settings } from '../../config/schema.ts';
import { auroraSubjects } from './aurora.ts';
import type { AlarmSubject, Watched } from './definition.ts';
import { edgeSubjects } from './edge.ts';
import { functionSubjects } from './lambda.ts';
import { serviceSubjects } from './probe.ts';
import { proxySubjects } from './rds-proxy.ts';

/** Everything that is watched, for a configuration. What the database's backend does not have is not there. */
export function alarmSubjects(settings: Settings, watched: Watched): AlarmSubject[] {
  const { database } = settings;
  const { proxyName, clusterId } = watched;
  return [
    ...serviceSubjects(settings, watched),
    ...(proxyName !== undefined && backendOf(database) === 'proxy' ? proxySubjects(settings, proxyName) : []),
    ...(clusterId !== undefined && database.kind === 'aurora' ? auroraSubjects(settings, database, clusterId) : []),
    ...functionSubjects(settings, watched),
    ...edgeSubjects(settings, watched),
  ];
}
