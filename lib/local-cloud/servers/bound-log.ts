import { copyFileSync, statSync, truncateSync } from 'node:fs';

/** Two files of this size at most, and what is written between two looks. */
const MOST_BYTES = 50_000_000;
const LOOK_EVERY_MS = 10_000;

export interface LogBound {
  readonly mostBytes: number;
  readonly lookEveryMs: number;
}

/**
 * Keeps a log from filling the disk while its writer, a server that has it open for appending, runs on: when it has grown over
 * the bound, it is copied to `….previous` and emptied. Lines that are written between the two are lost.
 * @param bound default 50 MB, looked at every 10 s
 * @returns how to end that
 */
export function boundLog(
  logFile: string,
  bound: LogBound = { mostBytes: MOST_BYTES, lookEveryMs: LOOK_EVERY_MS },
): () => void {
  const timer = setInterval(() => {
    try {
      if (statSync(logFile).size <= bound.mostBytes) return;
      copyFileSync(logFile, `${logFile}.previous`);
      truncateSync(logFile);
    } catch {
      // The directory may be gone, or the disk full: the next look tries again, and the server runs on.
    }
  }, bound.lookEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}
