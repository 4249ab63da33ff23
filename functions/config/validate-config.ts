import type { ConfigValidation } from '../contract/config.ts';
import { capacityErrors, clientConnections } from './capacity.ts';
import type { EffectiveConfig } from './effective-config.ts';

interface SettingAdvice {
  readonly when: boolean;
  readonly warning: string;
  readonly recommendation: string;
}

/**
 * Checks a configuration that is well-formed. An error stops `cdk synth`, a warning is printed by it, and `GET /v1/config`
 * shows both. The first two warnings are the original's.
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

function adviceFor({ backend, pooler, database, api, alerts, capacity }: EffectiveConfig): SettingAdvice[] {
  const ownPool = backend === 'proxy' || backend === 'postgres';
  const clients = clientConnections(capacity);
  const servers = capacity.pooler.serverConnections;
  const pagedBy = namesOfRecipients(alerts.critical);
  return [
    {
      when: ownPool && pooler.baseConnections < 10,
      warning: `pooler.baseConnections is ${pooler.baseConnections}: with fewer than 10, clients wait for a connection.`,
      recommendation: 'Set pooler.baseConnections to 20 or more.',
    },
    {
      when: ownPool && pooler.overflowConnections < 20,
      warning: `pooler.overflowConnections is ${pooler.overflowConnections}: with fewer than 20, a burst exhausts the pool.`,
      recommendation: 'Set pooler.overflowConnections to 50 or more.',
    },
    {
      when: clients > 4 * servers,
      warning: `${clients} clients share ${servers} server connections: with more than four clients per connection, requests queue under load.`,
      recommendation: 'Lower the concurrency of ingest and reads, or raise pooler.overflowConnections.',
    },
    {
      // an idle execution environment keeps its connection, and those of the previous version stay idle for minutes
      when: backend !== 'data-api' && clients <= capacity.pooler.maxClients && 2 * clients > capacity.pooler.maxClients,
      warning: `During a deployment the connections of two versions are open for some minutes: up to ${2 * clients}, but ${capacity.pooler.name} admits ${capacity.pooler.maxClients} clients.`,
      recommendation: `Let the pooler admit ${2 * clients} clients, or lower the concurrency of the functions.`,
    },
    {
      when: backend === 'proxy' && database.minAcu === 0,
      warning: 'database.minAcu is 0, but RDS Proxy keeps a connection open, so the cluster never sleeps.',
      recommendation: "Set database.minAcu to 0.5 or more, or database.backend to 'data-api'.",
    },
    {
      when: database.readers === 0,
      warning: 'database.readers is 0: if the writer fails, the database is unavailable for up to 10 minutes.',
      recommendation: 'Set database.readers to 1, in another availability zone.',
    },
    {
      when: database.deletionProtection === false,
      warning: 'database.deletionProtection is off: deleting the stack deletes the cluster and leaves a snapshot.',
      recommendation: 'Set database.deletionProtection to true once the data matters.',
    },
    {
      when: database.backupDays !== undefined && database.backupDays < 7,
      warning: `database.backupDays is ${database.backupDays}: a mistake found after a weekend may no longer be recoverable.`,
      recommendation: 'Set database.backupDays to 14.',
    },
    {
      when: api.authorization === 'none',
      warning: "api.authorization is 'none': anyone who finds the URL can read, write and delete.",
      recommendation: "Set api.authorization to 'iam' or 'jwt'.",
    },
    {
      when: pagedBy.length === 0,
      warning: 'alerts.critical has no recipient: alarms change state, and nobody is notified.',
      recommendation: 'Set alerts.critical.email, .pagerDuty, .slack, .sms, .https or .httpsPages.',
    },
    {
      when: pagedBy.join() === 'pagerDuty',
      warning: 'alerts.critical has pagerDuty alone: while PagerDuty takes no events, nobody is paged until it does.',
      recommendation: 'Set alerts.critical.sms or .email next to it.',
    },
  ];
}

/** The kinds of recipients that there are. */
const namesOfRecipients = (recipients: Record<string, unknown>): string[] =>
  Object.keys(recipients).filter((kind) => Array.isArray(recipients[kind]) && recipients[kind].length > 0);
