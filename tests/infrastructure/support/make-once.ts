import { existsSync, mkdirSync, mkdtempSync, renameSync, rmdirSync, rmSync } from 'node:fs';

/** How long a worker waits for what another one makes, before it makes that itself: the other may have ended. */
const WAIT_MS = 60_000;
const PAUSE_MS = 20;

/**
 * Makes a directory once for all workers of a run, whole or not at all. Who needs what another worker is making waits for it.
 * @param make fills the draft that becomes the directory; what it throws goes to the caller, and the next one tries again
 */
export function makeOnce(directory: string, make: (draft: string) => void): void {
  const lock = `${directory}.lock`;
  for (const until = Date.now() + WAIT_MS; !existsSync(directory); pause()) {
    const isMine = takes(lock);
    if (!isMine && Date.now() < until) continue;
    try {
      if (!existsSync(directory)) place(directory, make);
    } finally {
      if (isMine) rmdirSync(lock);
    }
  }
}

function takes(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function place(directory: string, make: (draft: string) => void): void {
  const draft = mkdtempSync(`${directory}.`);
  try {
    make(draft);
    renameSync(draft, directory);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(directory)) throw error;
  }
}

/** Without giving way to other tests: a synthesis does not either. */
const pause = () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
