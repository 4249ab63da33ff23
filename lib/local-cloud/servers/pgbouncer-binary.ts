import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { isAtLeast } from './pgbouncer-config.ts';
import { aptIsHere, installWithApt, libraryDirectories, unpackWithApt } from './pgbouncer-debian.ts';
import { asUser, cacheDirectory, type ServerUser } from './unprivileged-user.ts';

export interface PgBouncerBinary {
  readonly executable: string;
  /** Such as `1.18.0`. */
  readonly version: string;
  /** Environment variables that the program needs to find its libraries. */
  readonly env: Readonly<Record<string, string>>;
}

export interface FindOptions {
  readonly user: ServerUser | undefined;
  readonly print: (line: string) => void;
  /** Directories to search. Default: the PATH, and the usual places of distributions and Homebrew. */
  readonly searchPath?: readonly string[];
  /** Where a downloaded program is unpacked. Default: `cacheDirectory`. */
  readonly cache?: string;
}

/** The oldest version that the tests have run with, which is Debian 12's. */
const OLDEST = '1.18';
const USUAL_PLACES = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/opt/homebrew/bin'];

/** Where PgBouncer is searched for by default. */
function usualSearchPath(): string[] {
  const path = process.env.PATH ?? '';
  return [...new Set([...path.split(delimiter).filter((part) => part !== ''), ...USUAL_PLACES])];
}

/**
 * Finds PgBouncer, or downloads it. On Debian and Ubuntu its package is unpacked into the cache without installing it;
 * on a Mac Homebrew installs it. That requires the network once and takes 1 to 5 s.
 * @throws Error that says how to install it, if there is none or only one older than 1.18
 */
export function findPgBouncer(options: FindOptions): PgBouncerBinary {
  const searchPath = options.searchPath ?? usualSearchPath();
  const onPath = searchPath.map((directory) => join(directory, 'pgbouncer')).find((path) => existsSync(path));
  if (onPath !== undefined) return runnable(onPath, {}, options.user);
  const unpacked = join(options.cache ?? cacheDirectory(options.user), 'pgbouncer');
  const cached = unpackedIn(unpacked, options.user);
  if (cached !== undefined) return cached;
  return fetch(unpacked, options);
}

function fetch(unpacked: string, options: FindOptions): PgBouncerBinary {
  const problems: string[] = [];
  if (aptIsHere()) {
    options.print('PgBouncer is not installed: downloading its package with apt-get download');
    try {
      unpackWithApt(unpacked);
      const fetched = unpackedIn(unpacked, options.user);
      if (fetched !== undefined) return fetched;
    } catch (error) {
      problems.push((error as Error).message);
    }
    if (process.getuid?.() === 0) {
      options.print(`that failed (${problems.join('; ')}): installing it with apt-get install`);
      try {
        installWithApt();
        return runnable('/usr/sbin/pgbouncer', {}, options.user);
      } catch (error) {
        problems.push((error as Error).message);
      }
    }
  } else if (process.platform === 'darwin') {
    options.print('PgBouncer is not installed: running brew install pgbouncer');
    const brew = spawnSync('brew', ['install', 'pgbouncer'], { encoding: 'utf8' });
    if (brew.status === 0) {
      const prefix = spawnSync('brew', ['--prefix', 'pgbouncer'], { encoding: 'utf8' }).stdout.trim();
      return runnable(join(prefix, 'bin', 'pgbouncer'), {}, options.user);
    }
    problems.push(brew.error?.message ?? lastLine(brew.stderr));
  }
  throw new Error(`PgBouncer is not installed and could not be downloaded${reasons(problems)}: ${howToGetIt()}`);
}

function unpackedIn(unpacked: string, user: ServerUser | undefined): PgBouncerBinary | undefined {
  const executable = join(unpacked, 'usr', 'sbin', 'pgbouncer');
  if (!existsSync(executable)) return undefined;
  return runnable(executable, { LD_LIBRARY_PATH: libraryDirectories(unpacked).join(':') }, user);
}

/** @throws Error if it does not run as this user, or is too old */
function runnable(executable: string, env: Record<string, string>, user: ServerUser | undefined): PgBouncerBinary {
  const options = { ...asUser(user), cwd: '/', encoding: 'utf8', env: { PATH: '/usr/bin:/bin', ...env } } as const;
  const { stdout, stderr, error } = spawnSync(executable, ['--version'], options);
  const version = /PgBouncer (\d+\.\d+(?:\.\d+)?)/.exec(stdout ?? '')?.[1];
  if (version === undefined) {
    const problem = error?.message ?? lastLine(stderr);
    throw new Error(`${executable} does not run here (${problem}): ${howToGetIt()}`);
  }
  if (isAtLeast(version, OLDEST)) return { executable, version, env };
  throw new Error(`${executable} is PgBouncer ${version}, and ${OLDEST} or newer is required: ${howToGetIt()}`);
}

function howToGetIt(): string {
  if (process.platform === 'darwin') return 'run brew install pgbouncer (https://brew.sh)';
  if (aptIsHere()) {
    return 'run apt-get update && apt-get install pgbouncer, or install it from https://apt.postgresql.org';
  }
  return `install pgbouncer ${OLDEST} or newer with your package manager, so that it is on the PATH`;
}

function reasons(problems: readonly string[]): string {
  return problems.length === 0 ? '' : ` (${problems.join('; ')})`;
}

function lastLine(text: string | null): string {
  return text?.trim().split('\n').at(-1) ?? '';
}
