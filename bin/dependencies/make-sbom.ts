import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { readLockFile } from './read-lock-file.ts';

/** The parts of a CycloneDX document that are read here. */
export interface Sbom {
  readonly bomFormat: string;
  readonly specVersion: string;
  readonly components: readonly SbomComponent[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

export interface SbomComponent {
  readonly 'bom-ref': string;
  /** The scope of a scoped package. */
  readonly group?: string;
  readonly name: string;
  readonly version: string;
}

/**
 * The software bill of materials of what is deployed. npm writes it for all packages, and tools are removed here: npm's
 * own `--omit dev` also omits deployed packages that a tool depends on, such as pg-protocol, on which @types/pg
 * depends.
 * @throws Error if npm fails
 */
export function makeSbom(): Sbom {
  const written = execFileSync('npm', ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx'], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    encoding: 'utf8',
    maxBuffer: 64 * 2 ** 20,
  });
  const all = JSON.parse(written) as Sbom & { readonly metadata: { readonly component: SbomComponent } };
  const deployed = new Set(readLockFile().flatMap((one) => (one.isProduction ? [`${one.name}@${one.version}`] : [])));
  const components = all.components.filter((component) => deployed.has(packageOf(component)));
  const kept = new Set([all.metadata.component, ...components].map((component) => component['bom-ref']));
  const dependencies = all.dependencies
    .filter(({ ref }) => kept.has(ref))
    .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((one) => kept.has(one)) }));
  return { ...all, components, dependencies };
}

/** `name@version` of a component. */
export const packageOf = ({ group, name, version }: SbomComponent): string =>
  `${group === undefined ? '' : `${group}/`}${name}@${version}`;
