import { existsSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as z from 'zod';

/** `running.json`: where the service of a data directory listens. It contains no secret. */
const contents = z.object({
  /** The service's process id. */
  pid: z.int().positive(),
  /** The URL of the HTTP API. */
  url: z.string(),
});
export type Running = z.output<typeof contents>;

const NAME = 'running.json';

/** Where `npm start` stores its data unless DATA_DIR names another directory. Absolute path. */
export const DATA_DIRECTORY = resolve(import.meta.dirname, '..', '..', '.tick-store', 'data');

/** The data directory of `npm start` with these environment variables. Absolute path. */
export const dataDirectoryOf = ({ DATA_DIR = DATA_DIRECTORY }: NodeJS.ProcessEnv): string => resolve(DATA_DIR);

/**
 * Writes the address of this process's service next to the servers' files, for commands that are given no URL.
 * @returns a function that removes it
 */
export function writeRunning(directory: string, url: string): () => void {
  const file = join(directory, NAME);
  writeFileSync(file, `${JSON.stringify({ pid: process.pid, url })}\n`);
  return () => rmSync(file, { force: true });
}

/**
 * The running service of a data directory.
 * @throws Error if none is running
 */
export function readRunning(dataDirectory: string): Running {
  // if root starts it below a closed directory, the files are elsewhere and this link leads to them
  const link = join(dataDirectory, 'moved-to');
  const file = join(existsSync(link) ? readlinkSync(link) : dataDirectory, NAME);
  const running = existsSync(file) ? contents.parse(JSON.parse(readFileSync(file, 'utf8'))) : undefined;
  if (running === undefined || !isAlive(running.pid))
    throw new Error(`No Tick Store runs on ${dataDirectory}: start it with npm start`);
  return running;
}

/**
 * The address of the service that `npm start` runs with these environment variables. With PORT=0 nothing else knows its
 * port. Undefined if none is running, or if it belongs to another user.
 */
export function urlOfRunning(variables: NodeJS.ProcessEnv): string | undefined {
  try {
    return readRunning(dataDirectoryOf(variables)).url;
  } catch {
    // the caller then tries the default address, and reports if that fails
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // it belongs to another user
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
