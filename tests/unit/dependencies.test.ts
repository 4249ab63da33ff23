import { expect, test } from 'vitest';
import { checkDependencies } from '../../bin/dependencies/check-dependencies.ts';
import { makeSbom, packageOf } from '../../bin/dependencies/make-sbom.ts';
import { allowedScripts, readLockFile } from '../../bin/dependencies/read-lock-file.ts';

const good = {
  ...{ name: 'good', version: '1.0.0', licence: '(MIT OR GPL-3.0-or-later)', isProduction: true },
  ...{ hasInstallScript: false, hasIntegrity: true },
};

test('every dependency has a known licence, a hash, and no script that was not allowed by name', () => {
  const packages = readLockFile();
  expect(packages.map(({ name }) => name)).toEqual(expect.arrayContaining(['pg', 'zod', 'esbuild', 'aws-cdk-lib']));
  expect(checkDependencies(packages, allowedScripts())).toEqual([]);
});

test.each([
  [{ licence: 'GPL-3.0-only' }, 'good@1.0.0 has the licence GPL-3.0-only, which is not in the list'],
  [{ hasIntegrity: false }, 'good@1.0.0 has no integrity in package-lock.json'],
  [
    { hasInstallScript: true },
    'good@1.0.0 runs a script when it is installed: name it in allowScripts of package.json',
  ],
])('%j is named', (change, fault) => {
  expect(checkDependencies([good, { ...good, ...change }], { other: true })).toEqual([fault]);
});

test('the bill of materials has every package that is deployed, and no other', () => {
  const { bomFormat, components, dependencies } = makeSbom();
  const deployed = readLockFile().filter(({ isProduction }) => isProduction);
  expect(bomFormat).toBe('CycloneDX');
  expect(components.map(packageOf).sort()).toEqual(deployed.map(({ name, version }) => `${name}@${version}`).sort());
  expect(deployed.map(({ name }) => name)).toEqual(expect.arrayContaining(['pg', 'pg-protocol', '@middy/core']));
  const known = new Set(dependencies.map(({ ref }) => ref));
  expect(dependencies.flatMap(({ dependsOn = [] }) => dependsOn).filter((ref) => !known.has(ref))).toEqual([]);
}, 60_000);
