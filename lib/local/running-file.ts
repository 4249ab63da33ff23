import { existsSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as z from 'zod';

/** `running.json`: where the service that runs on a data directory listens. It holds no secret. */
const contents = z.object({
  /** Of the service itself. */
  pid: z.int().positive(),
  /** Of the HTTP API. */
  url: z.string(),
});
export type Running = z.output<typeof contents>;

const NAME = 'running.json';

/** Where `npm start` stores its data unless DATA_DIR names another directory. Absolute path. */
export const DATA_DIRECTORY = resolve(import.meta.dirname, '..', '..', '.tick-store', 'data');

/** The data directory of `npm start` with these environment variables. Absolute path. */
export const dataDirectoryOf = ({ DATA_DIR = DATA_DIRECTORY }: NodeJS.ProcessEnv): string => resolve(DATA_DIR);

/**
 * Writes the address of this process's service next to the servers' files, for commands that are given none.
 * @returns how to remove it
 */
export function writeRunning(directory: string, url: string): () => void {
  const file = join(directory, NAME);
  writeFileSync(file, `${JSON.stringify({ pid: process.pid, url })}\n`);
  return () => rmSync(file, { force: true });
}

/**
 * The service that runs on a data directory.
 * @throws Error if none does
 */
export function readRunning(dataDirectory: string): Running {
  // where root starts it below a closed directory, the files are elsewhere and this link leads there
  const link = join(dataDirectory, 'moved-to');
  const file = join(existsSync(link) ? readlinkSync(link) : dataDirectory, NAME);
  const running = existsSync(file) ? contents.parse(JSON.parse(readFileSync(file, 'utf8'))) : undefined;
  if (running === undefined || !isAlive(running.pid))
    throw new Error(`No Tick Store runs on ${dataDirectory}: start it with npm start`);
  return running;
}

/**
 * The address of the service that `npm start` runs with these environment variables: with PORT=0 nothing else knows its port.
 * Undefined where none runs, or where it is another user's.
 */
export function urlOfRunning(variables: NodeJS.ProcessEnv): string | undefined {
  try {
    return readRunning(dataDirectoryOf(variables)).url;
  } catch {
    // whoever asks goes on to the default address, and its failure says as much
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // it is another user's
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
