import type { LockedPackage } from './read-lock-file.ts';

/**
 * Licences that the tree may contain: permissive ones, and the MPL, whose terms apply only to its own files. Any other
 * licence fails the check.
 */
const LICENCES: ReadonlySet<string> = new Set([
  ...['MIT', 'MIT-0', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'BlueOak-1.0.0', 'MPL-2.0'],
  ...['Python-2.0', 'CC0-1.0', 'Unlicense'],
]);

/** Whether one of the choices in `(A OR B)` is allowed. */
const isAllowed = (licence: string): boolean =>
  licence
    .replaceAll(/[()]/g, '')
    .split(' OR ')
    .some((choice) => LICENCES.has(choice.trim()));

/**
 * The faults of the dependencies, one sentence each.
 * @param scripts the packages whose install scripts may run, by name; `false` forbids one
 */
export function checkDependencies(
  packages: readonly LockedPackage[],
  scripts: Readonly<Record<string, boolean>>,
): string[] {
  return packages.flatMap(({ name, version, licence, hasInstallScript, hasIntegrity }) => [
    ...(isAllowed(licence) ? [] : [`${name}@${version} has the licence ${licence}, which is not in the list`]),
    ...(hasIntegrity ? [] : [`${name}@${version} has no integrity in package-lock.json`]),
    ...(hasInstallScript && scripts[name] === undefined
      ? [`${name}@${version} runs a script when it is installed: name it in allowScripts of package.json`]
      : []),
  ]);
}
