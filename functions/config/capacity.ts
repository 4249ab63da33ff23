import type { CapacityFacts } from './effective-config.ts';

/** Concurrency that AWS reserves for functions without a reservation. Count. */
const UNRESERVED_CONCURRENCY = 100;

/**
 * The capacity proof. Connections cannot run out if every link can carry what the one before it can request:
 * concurrency x connections <= the pooler's clients, its server connections <= max_connections less the reserved.
 * @returns one sentence with the sum per link that is too weak; an empty list is the proof
 */
export function capacityErrors(facts: CapacityFacts): string[] {
  const { pooler, database } = facts;
  const errors: string[] = [];
  const clients = clientConnections(facts);
  if (clients > pooler.maxClients) {
    errors.push(
      `Capacity: ${sumOf(facts)} = ${clients} connections, but ${pooler.name} admits ${pooler.maxClients} clients.`,
    );
  }
  const left = database.maxConnections - database.reservedConnections;
  if (pooler.serverConnections > left) {
    const sum = `max_connections ${database.maxConnections} - ${database.reservedConnections} reserved = ${left}`;
    errors.push(`Capacity: ${pooler.name} can open ${pooler.serverConnections} server connections, but ${sum}.`);
  }
  const grantable = facts.accountConcurrency - UNRESERVED_CONCURRENCY;
  if (facts.reservedConcurrency > grantable) {
    const sum = `${facts.accountConcurrency} - ${UNRESERVED_CONCURRENCY} unreserved = ${grantable}`;
    errors.push(`Capacity: the functions reserve ${facts.reservedConcurrency} executions, but the account has ${sum}.`);
  }
  return errors;
}

/** Connections that all functions together can open. Count. */
export function clientConnections({ functions, connectionsEach }: CapacityFacts): number {
  return Object.values(functions).reduce((sum, concurrency) => sum + concurrency * connectionsEach, 0);
}

/** The sum in words: `(ingest 40 + read 50) x 1 connection`. */
function sumOf({ functions, connectionsEach }: CapacityFacts): string {
  const terms = Object.entries(functions).map(([name, concurrency]) => `${name} ${concurrency}`);
  return `(${terms.join(' + ')}) x ${connectionsEach} connection${connectionsEach === 1 ? '' : 's'}`;
}
