import type { ConfigValidation } from '../contract/config.ts';
import { capacityErrors, clientConnections } from './capacity.ts';
import type { EffectiveConfig } from './effective-config.ts';

interface Advice {
  readonly when: boolean;
  readonly warning: string;
  readonly recommendation: string;
}

/**
 * What is wrong with a configuration that is well-formed. `cdk synth` and `GET /v1/config` ask the same question: an
 * error stops the synth, a warning is printed by it. The first two warnings are the original's.
 */
export function validateConfig(config: EffectiveConfig): ConfigValidation {
  const errors = capacityErrors(config.capacity);
  const raised = adviceFor(config).filter(({ when }) => when);
  return {
    isValid: errors.length === 0,
    warnings: raised.map(({ warning }) => warning),
    errors,
    recommendations: raised.map(({ recommendation }) => recommendation),
  };
}

function adviceFor({ backend, pooler, database, api, alerts, capacity }: EffectiveConfig): Advice[] {
  const ownPool = backend === 'proxy' || backend === 'postgres';
  const clients = clientConnections(capacity);
  const servers = capacity.pooler.serverConnections;
  return [
    {
      when: ownPool && pooler.baseConnections < 10,
      warning: `pooler.baseConnections is ${pooler.baseConnections}: a pool under 10 makes clients wait.`,
      recommendation: 'Set pooler.baseConnections to 20 or more.',
    },
    {
      when: ownPool && pooler.overflowConnections < 20,
      warning: `pooler.overflowConnections is ${pooler.overflowConnections}: an overflow under 20 is used up by a burst.`,
      recommendation: 'Set pooler.overflowConnections to 50 or more.',
    },
    {
      when: clients > 4 * servers,
      warning: `${clients} clients share ${servers} server connections: more than four to one queues under load.`,
      recommendation: 'Lower the concurrency of ingest and reads, or raise pooler.overflowConnections.',
    },
    {
      // an execution environment keeps its connection while it idles, and those of the version before idle on for minutes
      when: backend !== 'data-api' && clients <= capacity.pooler.maxClients && 2 * clients > capacity.pooler.maxClients,
      warning: `A deployment has the connections of two versions open for some minutes: up to ${2 * clients}, but ${capacity.pooler.name} admits ${capacity.pooler.maxClients} clients.`,
      recommendation: `Let the pooler admit ${2 * clients} clients, or lower the concurrency of the functions.`,
    },
    {
      when: backend === 'proxy' && database.minAcu === 0,
      warning: 'database.minAcu is 0, but RDS Proxy keeps a connection open, so the cluster never sleeps.',
      recommendation: "Set database.minAcu to 0.5 or more, or database.backend to 'data-api'.",
    },
    {
      when: database.readers === 0,
      warning: 'database.readers is 0: losing the writer makes the database unavailable for up to 10 minutes.',
      recommendation: 'Set database.readers to 1, in another availability zone.',
    },
    {
      when: database.deletionProtection === false,
      warning: 'database.deletionProtection is off: deleting the stack deletes the cluster, leaving a snapshot.',
      recommendation: 'Set database.deletionProtection to true once the data matters.',
    },
    {
      when: database.backupDays !== undefined && database.backupDays < 7,
      warning: `database.backupDays is ${database.backupDays}: after a weekend it may be too late to repair a mistake.`,
      recommendation: 'Set database.backupDays to 14.',
    },
    {
      when: api.authorization === 'none',
      warning: "api.authorization is 'none': anyone who finds the URL can read, write and delete.",
      recommendation: "Set api.authorization to 'iam' or 'jwt'.",
    },
    {
      when: !hasRecipients(alerts.critical),
      warning: 'alerts.critical names nobody: alarms change state, and nobody is notified.',
      recommendation: 'Set alerts.critical.email, .https, .slack or .sms.',
    },
  ];
}

const hasRecipients = (recipients: Record<string, unknown>): boolean =>
  Object.values(recipients).some((list) => Array.isArray(list) && list.length > 0);
