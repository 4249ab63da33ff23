import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  realpathSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { canEnter, isRoot, makeOpen, type ServerUser, STATE_DIRECTORY, unprivilegedUser } from './unprivileged-user.ts';

/** Where the servers' files are, and who owns them. */
export interface ServerFiles {
  /** Contains `lock`, `secrets.json`, the logs, the cluster in `postgres/` and the pooler's files in `pgbouncer/`. */
  readonly directory: string;
  /** PostgreSQL's own data directory, inside `directory`. */
  readonly cluster: string;
  readonly user: ServerUser | undefined;
}

/**
 * Decides where the servers' files are: in the data directory itself, with one exception. If root works in a directory
 * that the servers' account may not enter (a project in /root), they are in a directory under /var/lib/local-cloud, and
 * the data directory gets a link `moved-to` to it.
 * @throws Error if the files belong to another account than the one that can use them
 */
export function placeServerFiles(dataDirectory: string, print: (line: string) => void): ServerFiles {
  const asked = makeEnterable(dataDirectory);
  const user = unprivilegedUser();
  const link = join(asked, 'moved-to');
  if (isLink(link)) return ours(makeHome(readlinkSync(link)), user);
  if (canEnter(user, asked)) return ours(asked, user);
  if (existsSync(join(asked, 'postgres', 'PG_VERSION'))) {
    throw new Error(
      `${asked} contains a database, but ${user?.name}, which must run it, may not enter it: ` +
        'open the directories above it (chmod o+x), or move the project',
    );
  }
  const home = makeHome(homeElsewhere(asked));
  symlinkSync(home, link);
  print(`${user?.name}, which runs the database for root, may not enter ${asked}: the database's files are in ${home}`);
  return ours(home, user);
}

function ours(directory: string, user: ServerUser | undefined): ServerFiles {
  const cluster = join(directory, 'postgres');
  if (!existsSync(cluster)) return { directory, cluster, user };
  const { uid, gid } = statSync(cluster);
  if (user === undefined) {
    if (uid === process.getuid?.()) return { directory, cluster, user };
    throw new Error(
      `${cluster} belongs to the account with uid ${uid}: run as that account, or give it to yours (chown -R)`,
    );
  }
  // A copy made by root (cp -r) belongs to root, but the server cannot run as root. Files of anyone else keep their
  // owner.
  if (uid === 0) execFileSync('chown', ['-R', `${user.uid}:${user.gid}`, cluster]);
  else if (uid !== user.uid) return { directory, cluster, user: { name: `uid ${uid}`, uid, gid } };
  return { directory, cluster, user };
}

/**
 * Creates it if needed, and lets everybody pass through (not list) directories made by root, so that the servers reach
 * their files.
 */
function makeEnterable(dataDirectory: string): string {
  const firstMade = mkdirSync(dataDirectory, { recursive: true });
  const directory = realpathSync(dataDirectory);
  if (!isRoot()) return directory;
  const top = firstMade === undefined ? directory : realpathSync(firstMade);
  for (let made = directory; ; made = dirname(made)) {
    if (statSync(made).uid === 0) chmodSync(made, statSync(made).mode | 0o011);
    if (made === top || made === dirname(made)) return directory;
  }
}

function makeHome(home: string): string {
  if (isRoot()) {
    makeOpen(STATE_DIRECTORY);
    mkdirSync(home, { recursive: true });
    chmodSync(home, 0o711);
  }
  return home;
}

/** The same for the same path in each run, and recognisable by sight. */
function homeElsewhere(directory: string): string {
  const readable = directory
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-/, '')
    .slice(-60);
  return join(
    STATE_DIRECTORY,
    `${readable}-${createHash('sha256').update(resolve(directory)).digest('hex').slice(0, 8)}`,
  );
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}
