import * as z from 'zod/mini';

const count = z.int().check(z.minimum(0));

/** The numbers that the capacity proof compares, once all settings and the backend are known. */
export const capacityFacts = z.object({
  /** Reserved concurrency of each function that connects to the database. Count. */
  functions: z.record(z.string(), count),
  /** Connections of one execution environment. Count. */
  connectionsEach: z.int().check(z.minimum(1)),
  pooler: z.object({
    /** Such as `RDS Proxy`. */
    name: z.string(),
    /** Clients that it admits. Count. */
    maxClients: count,
    /** Server connections that it may open: base and overflow, or what is fixed. Count. */
    serverConnections: count,
  }),
  database: z.object({
    /** Count. */
    maxConnections: count,
    /** Reserved for others than the pooler: superuser, migrations, psql. Count. */
    reservedConnections: count,
  }),
  /** Concurrent executions that the account may run, and how many of them all functions reserve. Count. */
  accountConcurrency: count,
  reservedConcurrency: count,
});
/** See `capacityFacts`. */
export type CapacityFacts = z.output<typeof capacityFacts>;

/** The effective settings, as the stack writes them. Only those that the validation reads are typed. */
export const effectiveConfig = z.looseObject({
  backend: z.enum(['proxy', 'data-api', 'neon', 'postgres']),
  pooler: z.looseObject({ baseConnections: count, overflowConnections: count, acquireTimeoutSeconds: count }),
  database: z.looseObject({
    minAcu: z.optional(z.number()),
    backupDays: z.optional(z.number()),
    readers: z.optional(z.number()),
    deletionProtection: z.optional(z.boolean()),
  }),
  api: z.looseObject({ authorization: z.string() }),
  alerts: z.looseObject({ warning: z.looseObject({}), critical: z.looseObject({}) }),
  /** What functions do where it differs from the setting: how long they wait for a connection. */
  inForce: z.optional(z.looseObject({ acquireTimeoutSeconds: count })),
  capacity: capacityFacts,
});
/** See `effectiveConfig`. */
export type EffectiveConfig = z.output<typeof effectiveConfig>;
