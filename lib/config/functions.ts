import * as z from 'zod';

/**
 * Settings of one function. An execution environment holds one connection, so its concurrency is its share of the pooler's clients.
 * @param concurrency reserved concurrency: executions at once, 1 to 900
 * @param memoryMb 128 to 10,240, where 1,769 MB is one processor
 * @param timeoutSeconds up to 29, because API Gateway ends requests at 30
 */
const apiFunction = (concurrency: number, memoryMb: number) =>
  z
    .strictObject({
      /** Executions at once, which is also its connections to the pooler. Count, 1 to 900. */
      concurrency: z.int().min(1).max(900).default(concurrency),
      /** Memory. MB, 128 to 10,240. 1,769 MB is one processor. */
      memoryMb: z.int().min(128).max(10_240).default(memoryMb),
      /** Longest run. Seconds, 25 to 29: longer than the driver's 22 s for a query, shorter than API Gateway's 30 s. */
      timeoutSeconds: z.int().min(25).max(29).default(28),
    })
    .prefault({});

/** Stores batches. It parses up to 64 MiB, so it needs one whole processor, and memory for the text and its records. */
export const ingest = apiFunction(40, 1769);
/** Deletes softly. */
export const deletion = apiFunction(5, 512);
/** Restores and undoes. */
export const restoration = apiFunction(5, 512);
/** Serves every read of rows, batches, operations and reference data. */
export const reads = apiFunction(50, 1024);
/** Changes instruments and alert rules. */
export const referenceData = apiFunction(5, 512);
/** Serves /v1/health and its parts. It has its own reservation, so that many readers cannot hide the health. */
export const health = apiFunction(5, 512);

/** Takes the samples of health. */
export const probe = z
  .strictObject({
    /** Seconds between samples, 30 or 60. One run per minute takes one sample, or two that are 30 s apart. */
    intervalSeconds: z.literal([30, 60], 'must be 30 or 60').default(30),
    /** Memory. MB, 128 to 10,240. */
    memoryMb: z.int().min(128).max(10_240).default(512),
    /** Whether the schedule runs. While it is off, the alarm on a silent probe pages. */
    enabled: z.boolean().default(true),
  })
  .prefault({});

/** Creates partitions ahead, every night. */
export const maintenance = z
  .strictObject({
    /** Hour at which partitions are created ahead. UTC, 0 to 23. */
    hourUtc: z.int().min(0).max(23).default(2),
    /** Memory. MB, 128 to 10,240. */
    memoryMb: z.int().min(128).max(10_240).default(512),
  })
  .prefault({});
