import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Template } from './template.ts';

/** A synthesised app with one stack, as `cdk synth` writes it. */
export interface Assembly {
  /** Its absolute path. */
  readonly directory: string;
  readonly stack: string;
  readonly template: Template;
  /** The directory of each asset, by its key in S3. */
  readonly assets: ReadonlyMap<string, string>;
}

interface Manifest {
  readonly artifacts: Readonly<
    Record<
      string,
      { readonly type: string; readonly properties?: { readonly templateFile?: string; readonly file?: string } }
    >
  >;
}

interface AssetManifest {
  readonly files: Readonly<
    Record<
      string,
      {
        readonly source: { readonly path: string };
        readonly destinations: Readonly<Record<string, { readonly objectKey: string }>>;
      }
    >
  >;
}

/** @throws Error if there is not exactly one stack */
export function readAssembly(directory: string): Assembly {
  const read = <T>(file: string) => JSON.parse(readFileSync(join(directory, file), 'utf8')) as T;
  const artifacts = Object.entries(read<Manifest>('manifest.json').artifacts);
  const stacks = artifacts.filter(([, { type }]) => type === 'aws:cloudformation:stack');
  const [[stack = '', artifact] = []] = stacks;
  const templateFile = artifact?.properties?.templateFile;
  if (stacks.length !== 1 || templateFile === undefined) {
    throw new Error(`The local cloud runs one stack, but the app has ${stacks.length}`);
  }
  const assets = new Map<string, string>();
  for (const [, { type, properties }] of artifacts) {
    if (type !== 'cdk:asset-manifest' || properties?.file === undefined) continue;
    for (const { source, destinations } of Object.values(read<AssetManifest>(properties.file).files))
      for (const { objectKey } of Object.values(destinations)) assets.set(objectKey, join(directory, source.path));
  }
  return { directory, stack, template: read<Template>(templateFile), assets };
}
