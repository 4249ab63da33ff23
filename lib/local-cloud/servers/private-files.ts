import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UnusableDatabase } from './unusable-database.ts';

/** The passwords of one data directory. They are URL-safe and never printed. */
export interface Secrets {
  readonly superuser: string;
  readonly owner: string;
  readonly application: string;
  readonly monitor: string;
}

/**
 * The stored passwords, generated at the first start. They are in `secrets.json`, which only its owner may read.
 * @throws UnusableDatabase if a cluster exists whose passwords are lost
 */
export function readOrCreateSecrets(directory: string, clusterExists: boolean): Secrets {
  const path = join(directory, 'secrets.json');
  if (existsSync(path)) return storedSecrets(path);
  if (clusterExists) {
    throw new UnusableDatabase(
      `${path} is missing. It contains the passwords of the database next to it: restore the file`,
    );
  }
  const secrets: Secrets = {
    superuser: password(),
    owner: password(),
    application: password(),
    monitor: password(),
  };
  writePrivate(path, JSON.stringify(secrets, null, 2));
  return secrets;
}

/** Directories created by a version before 0.2 have two of the passwords under other names. */
function storedSecrets(path: string): Secrets {
  const { app, stats, ...stored } = JSON.parse(readFileSync(path, 'utf8')) as Secrets & { app: string; stats: string };
  return { ...(app === undefined ? {} : { application: app, monitor: stats }), ...stored };
}

/** Writes a file that only its owner may read. It is written completely or not at all, even after a crash. */
export function writePrivate(path: string, content: string): void {
  const draft = `${path}.new`;
  writeFileSync(draft, content, { mode: 0o600, flush: true });
  renameSync(draft, path);
}

/**
 * The verifier that PostgreSQL stores instead of a password. CREATE and ALTER ROLE send it instead of the password,
 * because their text appears in pg_stat_statements and, if they fail, in the log. PostgreSQL's default is 4,096 rounds
 * (scram_iterations), to slow down guessing. Nobody guesses 24 random bytes, and each login would take 2 ms of
 * processor time.
 */
export function scramVerifier(password: string): string {
  const rounds = 1;
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, rounds, 32, 'sha256');
  const sign = (text: string) => createHmac('sha256', salted).update(text).digest();
  const storedKey = createHash('sha256').update(sign('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${rounds}:${salt.toString('base64')}$${storedKey}:${sign('Server Key').toString('base64')}`;
}

function password(): string {
  return randomBytes(24).toString('base64url');
}
