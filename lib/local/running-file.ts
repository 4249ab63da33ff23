import { existsSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { DATABASE_BACKENDS } from '../config/database-backend.ts';
import { writePrivate } from '../local-cloud/servers/private-files.ts';
import { identify, isRunning } from '../local-cloud/servers/process-table.ts';

const contents = z.object({
  /** The service itself; its servers' processes change when they are restarted, their ports do not. */
  process: z.object({ pid: z.int(), startedAt: z.string() }),
  /** Of the HTTP API. */
  url: z.string(),
  /** From the functions to the database. */
  backend: z.enum(DATABASE_BACKENDS),
  /** Role tick_store_owner, past the pooler. */
  ownerUrl: z.string(),
  /** Role tick_store_app, through the pooler. */
  appUrl: z.string(),
  /** PgBouncer's console. */
  adminUrl: z.string(),
});

/** How to reach a service that runs. It holds passwords. */
export type Running = z.output<typeof contents>;

const NAME = 'running.json';

/**
 * Leaves word in the directory of the servers' files, for its owner's eyes only.
 * @returns how to take it away
 */
export function writeRunning(directory: string, addresses: Omit<Running, 'process'>): () => void {
  const file = join(directory, NAME);
  writePrivate(file, `${JSON.stringify({ process: identify(process.pid), ...addresses }, null, 2)}\n`);
  return () => rmSync(file, { force: true });
}

/**
 * The service that runs on a data directory.
 * @throws Error where none does
 */
export function readRunning(dataDirectory: string): Running {
  const link = join(dataDirectory, 'moved-to');
  const directory = existsSync(link) ? readlinkSync(link) : dataDirectory;
  const file = join(directory, NAME);
  const none = `No Tick Store runs on ${dataDirectory}: start it with npm start`;
  if (!existsSync(file)) throw new Error(none);
  const running = contents.parse(JSON.parse(readFileSync(file, 'utf8')));
  if (!isRunning(running.process)) throw new Error(none);
  return running;
}
