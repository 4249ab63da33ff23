import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/** A spool that cannot be opened or has no space. */
export class SpoolError extends Error {
  override readonly name = 'SpoolError';
}

const EXTENSION = '.ndjson';

/** A part left by an earlier process. */
export interface LeftPart {
  readonly key: string;
  readonly rows: number;
  readonly bytes: number;
}

/** The file of a part's records. It is named by the part's key, and names sort by age. */
export const partFile = (directory: string, key: string): string => join(directory, `${key}${EXTENSION}`);

/**
 * The existing parts, oldest first. A line that a power failure cut off is removed: it was never accepted, because
 * `append` had not returned.
 */
export function leftParts(directory: string): LeftPart[] {
  const names = readdirSync(directory).filter((name) => name.endsWith(EXTENSION) && /^\d{15}-/.test(name));
  return names.sort().flatMap((name) => {
    const file = join(directory, name);
    const content = readFileSync(file);
    const bytes = content.lastIndexOf(10) + 1;
    if (bytes < content.length) truncateSync(file, bytes);
    if (bytes === 0) rmSync(file);
    return bytes === 0 ? [] : [{ key: name.slice(0, -EXTENSION.length), rows: countLines(content, bytes), bytes }];
  });
}

function countLines(content: Uint8Array, end: number): number {
  let lines = 0;
  for (let at = content.indexOf(10); at !== -1 && at < end; at = content.indexOf(10, at + 1)) lines += 1;
  return lines;
}

/** The prefix of this process's keys. It sorts after those of every existing part, whatever the clock says. */
export function newRunName(left: readonly { readonly key: string }[]): string {
  const last = Number(left.at(-1)?.key.slice(0, 15) ?? 0);
  const stamp = String(Math.max(Date.now(), last + 1)).padStart(15, '0');
  return `${stamp}-${crypto.randomUUID().slice(0, 8)}`;
}

/**
 * Locks a spool for this process.
 * @returns a function that unlocks it
 * @throws SpoolError if another running process holds it
 */
export function lockSpool(directory: string): () => void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, 'lock');
  for (;;) {
    try {
      const lock = openSync(file, 'wx', 0o600);
      writeSync(lock, String(process.pid));
      closeSync(lock);
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      removeStaleLock(directory, file);
    }
  }
}

function removeStaleLock(directory: string, file: string): void {
  const owner = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  // a restarted container has the same process id as its predecessor
  if (owner > 0 && owner !== process.pid && isAlive(owner))
    throw new SpoolError(`process ${owner} uses the spool ${directory}: a spool belongs to one process`);
  rmSync(file, { force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
