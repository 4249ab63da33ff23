import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The account that runs the servers. Undefined means our own account, which is right for everyone but root. */
export interface ServerUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Overrides the account `nobody` that runs PostgreSQL and PgBouncer when root starts them. */
const USER_VARIABLE = 'LOCAL_CLOUD_OS_USER';

/** Where root keeps files that the servers' account could not reach elsewhere. Owned by root, readable by all. */
export const STATE_DIRECTORY = '/var/lib/local-cloud';

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * The account for the servers. Both refuse to run as root, so root runs them as `nobody`, or as the account in
 * `LOCAL_CLOUD_OS_USER`.
 * @throws Error if there is no such account, or if it is root itself
 */
export function unprivilegedUser(): ServerUser | undefined {
  if (!isRoot()) return undefined;
  const name = process.env[USER_VARIABLE] ?? 'nobody';
  try {
    const user = { name, uid: askId('-u', name), gid: askId('-g', name) };
    if (user.uid !== 0) return user;
  } catch (cause) {
    throw new Error(`there is no account ${name}: set ${USER_VARIABLE} to one that PostgreSQL may run as`, { cause });
  }
  throw new Error(
    `${USER_VARIABLE} is ${name}, but PostgreSQL and PgBouncer refuse to run as root: name another account`,
  );
}

/** The options that `spawn` needs to run a program as this user. They also drop our supplementary groups. */
export function asUser(user: ServerUser | undefined): { uid: number; gid: number } | Record<string, never> {
  return user === undefined ? {} : { uid: user.uid, gid: user.gid };
}

/**
 * Whether the user may enter a directory. It is tried, because file modes alone do not show it (ACLs, mounts,
 * namespaces).
 */
export function canEnter(user: ServerUser | undefined, directory: string): boolean {
  if (user === undefined) return true;
  const args = ['-c', 'cd "$1"', 'sh', directory];
  return spawnSync('/bin/sh', args, { ...asUser(user), cwd: '/', stdio: 'ignore' }).status === 0;
}

/**
 * The directory for programs that are downloaded or copied once: `local-cloud` in the user's cache directory
 * (`XDG_CACHE_HOME`, `~/.cache`). For root, whose home the servers' user cannot enter, it is under
 * /var/lib/local-cloud.
 */
export function cacheDirectory(user: ServerUser | undefined): string {
  if (user === undefined) {
    return makeOpen(join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'local-cloud'));
  }
  makeOpen(STATE_DIRECTORY);
  return makeOpen(join(STATE_DIRECTORY, 'cache'));
}

/** Creates a directory that everybody may enter, whatever our umask is. */
export function makeOpen(directory: string): string {
  mkdirSync(directory, { recursive: true });
  if (isRoot()) chmodSync(directory, 0o755);
  return directory;
}

function askId(flag: '-u' | '-g', name: string): number {
  return Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
}
