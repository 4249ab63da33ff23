import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One package of the lock file. */
export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression. */
  readonly licence: string;
  /** Whether it is part of a bundle or of the service itself, and not only of the tools. */
  readonly isProduction: boolean;
  /** Whether npm would run one of its scripts after installing it. */
  readonly hasInstallScript: boolean;
  /** Whether the lock file has its hash, or that of the package that contains it. */
  readonly hasIntegrity: boolean;
}

interface LockEntry {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly link?: boolean;
  readonly inBundle?: boolean;
  readonly hasInstallScript?: boolean;
  readonly integrity?: string;
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`../../${name}`, import.meta.url)), 'utf8'));

/** Every package that `npm ci` may install, by name and version. */
export function readLockFile(): LockedPackage[] {
  const { packages } = read('package-lock.json') as { packages: Record<string, LockEntry> };
  const entries = Object.entries(packages).filter(([path, entry]) => path.includes('node_modules/') && !entry.link);
  const found = entries.map(([path, entry]): LockedPackage => {
    const { version = '', license = 'unknown', dev, devOptional, inBundle, hasInstallScript, integrity } = entry;
    return {
      name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version,
      licence: license,
      isProduction: dev !== true && devOptional !== true,
      hasInstallScript: hasInstallScript === true,
      hasIntegrity: integrity !== undefined || inBundle === true,
    };
  });
  const unique = new Map(found.map((one) => [`${one.name}@${one.version}`, one]));
  return [...unique.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** The packages whose install scripts may run, by name: `allowScripts` in package.json. */
export const allowedScripts = (): Readonly<Record<string, boolean>> =>
  (read('package.json') as { allowScripts: Record<string, boolean> }).allowScripts;
