import { existsSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { placeServerFiles } from './data-directory.ts';
import { lockDirectory } from './directory-lock.ts';
import { stopEarlierPgBouncer } from './pgbouncer.ts';
import { stopEarlierPostgres } from './postgres.ts';

const POSTGRES_FILES = [
  'postgres',
  'postgres.new',
  'postgres.log',
  'postgres.log.previous',
  'initdb.log',
  'initdb.password',
];
const OUR_FILES = [...POSTGRES_FILES, 'pgbouncer', 'secrets.json', 'lock', 'functions.log', 'functions.log.previous'];

/**
 * Removes the database of a data directory with everything in it, wherever its files were placed. Files that do not
 * belong to the servers stay, and so does the directory with them. Nothing happens if there is no database.
 * @throws Error, having removed nothing, if a running process uses it
 */
export async function removeDatabase(dataDirectory: string, print: (line: string) => void): Promise<void> {
  if (!existsSync(dataDirectory)) return;
  const { directory, cluster } = placeServerFiles(dataDirectory, print);
  const pooler = join(directory, 'pgbouncer');
  const locks = [lockDirectory(directory)];
  try {
    if (existsSync(pooler)) locks.push(lockDirectory(pooler));
    await stopEarlierPgBouncer(pooler, print);
    await stopEarlierPostgres(cluster, print);
  } catch (error) {
    for (const lock of locks) lock.release();
    throw error;
  }
  for (const name of OUR_FILES) rmSync(join(directory, name), { recursive: true, force: true });
  removeIfEmpty(directory);
  rmSync(join(dataDirectory, 'moved-to'), { force: true });
  removeIfEmpty(dataDirectory);
}

function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // Not empty or already removed: both are fine.
  }
}
