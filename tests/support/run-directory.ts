import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fastDirectory } from './fast-directory.ts';

/** The name of a run's directory, which contains the id of its process. */
const RUN_DIRECTORY = /^tick-store-run-(\d+)-/;

const ATTEMPTS = 40;
const PAUSE_MS = 50;

/**
 * Creates one directory for everything that a run writes, and makes it the temporary directory of every process of the run.
 * So no files are left behind, although vitest ends its workers before they can clean up. The directory is removed when
 * this process ends. If the process is killed, the next run removes it.
 * @param parent where to create it
 */
export function useRunDirectory(parent: string): void {
  for (const name of readdirSync(parent)) {
    const [, run] = RUN_DIRECTORY.exec(name) ?? [];
    if (run !== undefined && !isRunning(Number(run))) remove(join(parent, name));
  }
  const directory = mkdtempSync(join(parent, `tick-store-run-${process.pid}-`));
  // under root, another account runs the servers and must be able to enter
  chmodSync(directory, 0o711);
  process.env['TMPDIR'] = directory;
  process.on('exit', () => remove(directory));
}

/** The parent of a run's directory: memory, or a disk if memory has no room or does not allow the programs that tests write. */
export function parentInMemory(memory: string = fastDirectory(), mounts: string = readMounts()): string {
  const [, options = ''] = new RegExp(`^\\S+ ${memory} \\S+ (\\S+)`, 'm').exec(mounts) ?? [];
  return options.split(',').includes('noexec') ? tmpdir() : memory;
}

/** The mounts, one per line: device, directory, type, options. Empty if this machine has no such list. */
const readMounts = () => (existsSync('/proc/mounts') ? readFileSync('/proc/mounts', 'utf8') : '');

/** Removes a directory. It retries, because a process that is ending may still write there. Files of other accounts stay. */
function remove(directory: string): void {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      rmSync(directory, { recursive: true, force: true });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
