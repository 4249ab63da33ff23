import type { Counters } from './sql/signals.ts';

/** What happened between two samples, from counters that only grow. Null if it cannot be known. */
export interface Deltas {
  readonly transactions: number | null;
  readonly deadlocks: number | null;
  readonly cacheHitRatio: number | null;
  readonly readBytes: number | null;
  readonly writtenBytes: number | null;
}

/** Deltas that are all unknown. */
export const NO_DELTAS: Deltas = {
  transactions: null,
  deadlocks: null,
  cacheHitRatio: null,
  readBytes: null,
  writtenBytes: null,
};

/** Whether Postgres reset its counters: on demand, after a crash, or because this is another server. */
export function wasReset(now: Counters, before: Counters): boolean {
  return (
    now.started !== before.started ||
    now.statsReset !== before.statsReset ||
    (['commits', 'rollbacks', 'blocksRead', 'blocksHit', 'deadlocks'] as const).some((name) => now[name] < before[name])
  );
}

/** The differences; all null if the counters were reset in between. */
export function deltas(now: Counters, before: Counters): Deltas {
  if (wasReset(now, before)) return NO_DELTAS;
  const hits = now.blocksHit - before.blocksHit;
  const blocks = hits + now.blocksRead - before.blocksRead;
  return {
    transactions: now.commits + now.rollbacks - before.commits - before.rollbacks,
    deadlocks: now.deadlocks - before.deadlocks,
    cacheHitRatio: blocks > 0 ? hits / blocks : null,
    ...ioDeltas(now.io, before.io),
  };
}

function ioDeltas(now: Counters['io'], before: Counters['io']): Pick<Deltas, 'readBytes' | 'writtenBytes'> {
  const none = { readBytes: null, writtenBytes: null };
  if (!now || !before || now.reset !== before.reset) return none;
  const readBytes = now.readBytes - before.readBytes;
  const writtenBytes = now.writtenBytes - before.writtenBytes;
  return readBytes < 0 || writtenBytes < 0 ? none : { readBytes, writtenBytes };
}
