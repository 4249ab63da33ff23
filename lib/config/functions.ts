import * as z from 'zod';

/**
 * One function. An execution environment holds one connection, so its concurrency is its share of the pooler's clients.
 * @param concurrency reserved concurrency: executions at once, 1 to 900
 * @param memoryMb 128 to 10,240; 1,769 MB is one processor
 * @param timeoutSeconds up to 29, for API Gateway gives up at 30
 */
const apiFunction = (concurrency: number, memoryMb: number) =>
  z
    .strictObject({
      /** Executions at once, and so connections to the pooler. Count, 1 to 900. */
      concurrency: z.int().min(1).max(900).default(concurrency),
      /** MB, 128 to 10,240; 1,769 MB is one processor. */
      memoryMb: z.int().min(128).max(10_240).default(memoryMb),
      /** Longest run. Seconds, 25 to 29: over the driver's 22 s for a query, under API Gateway's 30 s. */
      timeoutSeconds: z.int().min(25).max(29).default(28),
    })
    .prefault({});

/** Ingest parses up to 64 MiB: one whole processor, and memory for the text, its records and their columns. */
export const ingest = apiFunction(40, 1769);
export const deletion = apiFunction(5, 512);
export const restoration = apiFunction(5, 512);
export const reads = apiFunction(50, 1024);
export const referenceData = apiFunction(5, 512);
/** Answers /v1/health and its like; in a reservation of its own, so that a crowd of readers cannot hide the health. */
export const health = apiFunction(5, 512);

export const probe = z
  .strictObject({
    /** Seconds between samples: a run a minute takes one, or two 30 s apart. 30 or 60. */
    intervalSeconds: z.literal([30, 60], 'must be 30 or 60').default(30),
    /** MB, 128 to 10,240. */
    memoryMb: z.int().min(128).max(10_240).default(512),
    /** Whether the schedule runs; switched off for a maintenance, the heartbeat alarm pages. */
    enabled: z.boolean().default(true),
  })
  .prefault({});

export const maintenance = z
  .strictObject({
    /** Hour at which partitions are made ahead. UTC, 0 to 23. */
    hourUtc: z.int().min(0).max(23).default(2),
    /** MB, 128 to 10,240. */
    memoryMb: z.int().min(128).max(10_240).default(512),
  })
  .prefault({});
