import * as z from 'zod';

/** CloudWatch's steps, up to ten years. Days. */
const LOG_DAYS = [
  ...[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731],
  ...[1096, 1827, 2192, 2557, 2922, 3288, 3653],
];
const logDays = z.literal(LOG_DAYS, `must be one of ${LOG_DAYS.join(', ')}`);

/** How long data and logs are kept. */
export const retention = z
  .strictObject({
    /**
     * Whether the nightly maintenance archives partitions older than the two settings below. It moves whole partitions
     * to the schema tick_store_archive, where reads no longer see them. One statement brings them back, and nothing is
     * ever dropped. Off by default, because stored rows must not disappear from reads unless someone has decided so.
     * With it on, a backfill of old years is archived the next night.
     */
    archivePartitions: z.boolean().default(false),
    /** Ticks that reads can see. Months, 12 to 1200. 24 is the original's number. */
    tickMonths: z.int().min(12).max(1200).default(24),
    /** Alert logs that reads can see. Quarters, 4 to 400. 8 is the original's number. */
    alertLogQuarters: z.int().min(4).max(400).default(8),
    /**
     * How long idempotency keys and the details of receipts are kept. After that, a key may be used again. Days, 1 to
     * 3650. Ticks, batches and operations themselves stay.
     */
    keyDays: z.int().min(1).max(3650).default(90),
    /** Logs of functions, of the proxy and of refused network flows. Days, in CloudWatch's steps up to 3653. */
    logDays: logDays.default(30),
    /** The API's access log: who called what. Days, in CloudWatch's steps up to 3653. */
    accessLogDays: logDays.default(90),
    /**
     * Whether the access log stays when the stack is deleted, until its retention ends. A deployment with the same name
     * then needs `npx cdk deploy --import-existing-resources` once.
     */
    keepAccessLogs: z.boolean().default(true),
  })
  .prefault({});
