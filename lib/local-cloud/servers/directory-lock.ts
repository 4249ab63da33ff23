import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine, identify, isRunning, type ProcessIdentity } from './process-table.ts';

/**
 * A lock that is held until it is released. If its holder dies without releasing it, the next process recognises that,
 * even if the pid has been reused.
 */
export interface DirectoryLock {
  release(): void;
}

/**
 * Locks a directory for this process, by a file `lock` that names it.
 * @throws Error at once, naming the holder's pid, if another live process (or this one) holds the directory
 */
export function lockDirectory(directory: string): DirectoryLock {
  const path = join(directory, 'lock');
  const own = identify(process.pid);
  if (own === undefined) throw new Error('this process is not in the process table: is /proc mounted?');
  const mine = JSON.stringify(own);
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, mine, { mode: 0o600 });
  try {
    // More than one round is needed only while rivals start at the same moment. Half a second is plenty for them.
    for (let round = 0; round < 50; round++) {
      if (createFrom(draft, path)) return { release: () => releaseIfMine(path, mine) };
      const found = read(path);
      const holder = found === undefined ? undefined : parse(found);
      if (holder !== undefined && isRunning(holder)) throw new Error(inUse(directory, holder.pid));
      if (found === undefined || !takeOver(path, found, draft)) pause(10);
      else return { release: () => releaseIfMine(path, mine) };
    }
  } finally {
    rmSync(draft, { force: true });
  }
  throw new Error(`${directory} is being taken by another process that starts at the same time: try again`);
}

/** A hard link appears atomically with its content; a file opened with 'wx' does not. */
function createFrom(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Replaces a dead process's lock with ours. Only the process that holds the second file may do this, so that no rival
 * replaces a lock that another rival has just created. Without it, of 8 processes starting at once on a stale lock, two
 * acquired it.
 */
function takeOver(path: string, stale: string, draft: string): boolean {
  const turn = `${path}.turn`;
  if (!createFrom(draft, turn)) {
    const rival = parse(read(turn) ?? '');
    if (rival !== undefined && !isRunning(rival)) rmSync(turn, { force: true });
    return false;
  }
  try {
    if (read(path) !== stale) return false;
    renameSync(draft, path);
    return true;
  } finally {
    rmSync(turn, { force: true });
  }
}

function pause(durationMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, durationMs);
}

function releaseIfMine(path: string, mine: string): void {
  if (read(path) === mine) rmSync(path, { force: true });
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function parse(text: string): ProcessIdentity | undefined {
  try {
    const { pid, startedAt } = JSON.parse(text) as Partial<ProcessIdentity>;
    return typeof pid === 'number' && typeof startedAt === 'string' ? { pid, startedAt } : undefined;
  } catch {
    return undefined;
  }
}

function inUse(directory: string, pid: number): string {
  const program = pid === process.pid ? 'this very process' : (commandLine(pid) ?? 'a program that we may not inspect');
  return `${directory} is in use by process ${pid} (${program}): stop that one first, or use another data directory`;
}
