import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Debian runs this to ask whether a package may start its service. Exit code 101 means no. */
const POLICY = '/usr/sbin/policy-rc.d';

export function aptIsHere(): boolean {
  return ['/usr/bin/apt-get', '/usr/bin/dpkg-deb'].every((program) => existsSync(program));
}

/**
 * Unpacks the pgbouncer package, with the libraries that the system lacks, into our own directory. It does not need
 * root, installs nothing and starts no service. apt checks the signatures. The result appears complete or not at all.
 * @throws Error with apt's last line
 */
export function unpackWithApt(target: string): void {
  const draft = `${target}.${process.pid}`;
  const downloads = join(draft, 'downloads');
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(downloads, { recursive: true });
  try {
    const lists = download('pgbouncer', downloads, []);
    unpackNew(downloads, draft);
    // Libraries depend on libraries: each round downloads the dependencies of the last one, as long as some are
    // missing.
    const fetched = new Set(['pgbouncer']);
    for (let round = 0; round < 4 && lacksLibraries(draft); round++) {
      const wanted = libraryPackages(downloads).filter((name) => !fetched.has(name));
      for (const name of wanted) {
        download(name, downloads, lists);
        fetched.add(name);
      }
      unpackNew(downloads, draft);
    }
    rmSync(downloads, { recursive: true });
    run('chmod', ['-R', 'a+rX', draft]);
    rmSync(target, { recursive: true, force: true });
    renameSync(draft, target);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/**
 * Installs the package; requires root. Debian's service is started neither now nor at the next boot, because this
 * project starts its own.
 * @throws Error with apt's last line
 */
export function installWithApt(): void {
  const ownPolicy = !existsSync(POLICY);
  if (ownPolicy) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    run('apt-get', ['update', '-qq']);
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'pgbouncer']);
    spawnSync('update-rc.d', ['pgbouncer', 'disable'], { stdio: 'ignore' });
  } finally {
    if (ownPolicy) rmSync(POLICY, { force: true });
  }
}

/** The directories in an unpacked tree that contain shared libraries, in the loader's order. */
export function libraryDirectories(tree: string): string[] {
  const roots = ['lib', 'usr/lib'].map((name) => join(tree, name)).filter((path) => existsSync(path));
  return roots.flatMap((root) => [
    root,
    ...readdirSync(root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name.includes('-linux-'))
      .map((entry) => join(root, entry.name)),
  ]);
}

/**
 * Downloads a package. If the machine's package lists are empty (a fresh container), it first downloads lists of our
 * own, and returns the options that name them.
 */
function download(name: string, directory: string, lists: readonly string[]): readonly string[] {
  try {
    run('apt-get', ['download', '-qq', ...lists, name], directory);
    return lists;
  } catch (error) {
    if (lists.length > 0) throw error;
  }
  const state = join(directory, 'lists');
  mkdirSync(join(state, 'partial'), { recursive: true });
  const ownLists = ['-o', `Dir::State::lists=${state}`, '-o', `Dir::Cache=${directory}`, '-o', 'APT::Sandbox::User='];
  run('apt-get', ['update', '-qq', ...ownLists]);
  run('apt-get', ['download', '-qq', ...ownLists, name], directory);
  return ownLists;
}

function packages(downloads: string): string[] {
  return readdirSync(downloads)
    .filter((name) => name.endsWith('.deb'))
    .map((name) => join(downloads, name));
}

function unpackNew(downloads: string, target: string): void {
  for (const file of packages(downloads)) run('dpkg-deb', ['-x', file, target]);
}

/**
 * The shared libraries that the packages downloaded so far depend on, without the C library, which must be the system's
 * own.
 */
function libraryPackages(downloads: string): string[] {
  const depends = packages(downloads).flatMap((file) => run('dpkg-deb', ['-f', file, 'Depends']).split(','));
  const names = depends.map(
    (entry) =>
      entry
        .split('|')[0]
        ?.trim()
        .split(/[\s:(]/)[0] ?? '',
  );
  return [...new Set(names)].filter((name) => name.startsWith('lib') && !/^(libc6|libgcc-s1|libc-bin)$/.test(name));
}

function lacksLibraries(tree: string): boolean {
  const env = { ...process.env, LC_ALL: 'C', LD_LIBRARY_PATH: libraryDirectories(tree).join(':') };
  const { stdout } = spawnSync('ldd', [join(tree, 'usr', 'sbin', 'pgbouncer')], { env, encoding: 'utf8' });
  return stdout.includes('not found');
}

function run(command: string, args: readonly string[], cwd = '/'): string {
  const env = { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, env, encoding: 'utf8' });
  if (status === 0) return stdout.trim();
  const why = error?.message ?? (stderr.trim().split('\n').at(-1) || `exit code ${status}`);
  throw new Error(`${command} ${args[0]}: ${why}`);
}
