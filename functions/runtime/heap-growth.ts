import { setFlagsFromString } from 'node:v8';

/** V8's flag: before the next full collection, the heap may grow to six times what the last one left. */
export const HEAP_GROWTH = '--heap-growing-percent=500';

/**
 * Lets the heap of this process grow further before V8 collects all of it. For a process that handles large bodies.
 *
 * The buffers of bodies are outside of V8's heap but count toward the limit at which V8 collects all of it. Functions and
 * the local gateway have small heaps (9 and 26 MB), so V8 sets a low limit: every third request of 10,000 rows met a full
 * collection of 25 ms in the gateway. V8 reads the flag at the end of each collection. Twice as much made hardly a
 * difference. The largest batches take no more memory with it than with 200, and the gateway takes 23 MB more. docs/performance.md has the measurements.
 */
export const letHeapGrow = (): void => setFlagsFromString(HEAP_GROWTH);
