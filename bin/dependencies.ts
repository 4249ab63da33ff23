import { checkDependencies } from './dependencies/check-dependencies.ts';
import { allowedScripts, readLockFile } from './dependencies/read-lock-file.ts';

/** `npm run dependencies`: lists every package with its licence, and every violation of a rule. */

const packages = readLockFile();
for (const { name, version, licence, isProduction, hasInstallScript } of packages) {
  const marks = [isProduction ? 'production' : 'tools', ...(hasInstallScript ? ['install script'] : [])];
  console.log(`${`${name}@${version}`.padEnd(60)} ${licence.padEnd(24)} ${marks.join(', ')}`);
}
const faults = checkDependencies(packages, allowedScripts());
for (const fault of faults) console.error(fault);
console.log(`${packages.length} packages, ${packages.filter(({ isProduction }) => isProduction).length} in production`);
process.exitCode = faults.length === 0 ? 0 : 1;
