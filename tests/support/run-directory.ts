import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fastDirectory } from './fast-directory.ts';

/** The directory of a run, with the number of its process. */
const OF_A_RUN = /^tick-store-run-(\d+)-/;

const ATTEMPTS = 40;
const PAUSE_MS = 50;

/**
 * Makes one directory for all that a run writes, and has every process of the run take it for the temporary directory, so
 * that nothing is left behind: vitest ends its workers before they clear away what they made. It goes when this process
 * ends, or, after one that was killed, with the next run.
 * @param parent where to make it
 */
export function useRunDirectory(parent: string): void {
  for (const name of readdirSync(parent)) {
    const [, run] = OF_A_RUN.exec(name) ?? [];
    if (run !== undefined && !isRunning(Number(run))) remove(join(parent, name));
  }
  const directory = mkdtempSync(join(parent, `tick-store-run-${process.pid}-`));
  // the account that runs the servers for root has to pass
  chmodSync(directory, 0o711);
  process.env['TMPDIR'] = directory;
  process.on('exit', () => remove(directory));
}

/** Where a run in memory has its directory: on a disk where memory has no room, or may not hold programs, which tests write. */
export function parentInMemory(memory: string = fastDirectory(), mounts: string = readMounts()): string {
  const [, options = ''] = new RegExp(`^\\S+ ${memory} \\S+ (\\S+)`, 'm').exec(mounts) ?? [];
  return options.split(',').includes('noexec') ? tmpdir() : memory;
}

/** A file system per line: device, directory, type, options. Empty where the machine does not say. */
const readMounts = () => (existsSync('/proc/mounts') ? readFileSync('/proc/mounts', 'utf8') : '');

/** A process that ends may still write there. What belongs to another account stays. */
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
