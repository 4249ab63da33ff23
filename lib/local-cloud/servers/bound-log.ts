import { copyFileSync, statSync, truncateSync } from 'node:fs';

/** At most two files of this size, plus what is written between two checks. */
const MOST_BYTES = 50_000_000;
const LOOK_EVERY_MS = 10_000;

export interface LogBound {
  readonly mostBytes: number;
  readonly lookEveryMs: number;
}

/**
 * Keeps a log from filling the disk while a server has it open for appending. When it exceeds the bound, it is copied
 * to `….previous` and emptied. Lines written between these two steps are lost.
 * @param bound default 50 MB, checked every 10 s
 * @returns a function that ends the checks
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
      // The directory may be gone, or the disk full. The next check tries again, and the server keeps running.
    }
  }, bound.lookEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}
