import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import cdkJson from '../../../cdk.json' with { type: 'json' };
import { DATABASE_CONTEXT } from '../../config/database-backend.ts';
import type { Template } from './template.ts';

/** A synthesised app, as `cdk synth` leaves it. */
export interface Assembly {
  /** Absolute path. */
  readonly directory: string;
  readonly stack: string;
  readonly template: Template;
  /** The directory of an asset, by the key that it would have in S3. */
  readonly assets: ReadonlyMap<string, string>;
  readonly wasCached: boolean;
  /** Says that it is in use, for two more hours. */
  touch(): void;
}

export interface AssemblyOptions {
  /** In place of the backend in `infra.config.ts`. */
  readonly backend?: string | undefined;
  /** Ends a synthesis that is under way. */
  readonly signal: AbortSignal;
  /** Of the app. Default: this project. */
  readonly project?: string;
  /** Where assemblies are kept. Default: `.tick-store/assembly` in the project. */
  readonly directory?: string;
}

const PROJECT = resolve(import.meta.dirname, '..', '..', '..');

/** What an assembly is made from. `lib/local` is not in it: the stack knows nothing of laptops. */
const SOURCES = ['bin/app.ts', 'cdk.json', 'functions', 'infra.config.ts', 'lib', 'package-lock.json', 'package.json'];
const NOT_SOURCES = ['lib/local'];

/** Each has 10 MB of bundles. Count. */
const KEPT = 4;
/** One that was touched within this time may be in use by a running service, which starts functions from it. */
const IN_USE_MS = 2 * 60 * 60 * 1000;

/**
 * The assembly of the app as it stands: synthesised by the command that `cdk` runs, in a process of its own (4 s on 2
 * cores), or kept from an earlier time that it was made from the same content.
 * @throws Error with what the synthesis said, where `infra.config.ts` or the stack is not in order
 */
export async function synthesised(options: AssemblyOptions): Promise<Assembly> {
  const { backend, signal, project = PROJECT, directory = join(PROJECT, '.tick-store', 'assembly') } = options;
  mkdirSync(directory, { recursive: true });
  const target = join(directory, contentHash(project, backend));
  const wasCached = isWhole(target);
  if (!wasCached) {
    const draft = `${target}.${randomUUID()}.new`;
    try {
      await synthesise({ project, backend, signal, outdir: draft });
      place(draft, target);
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
  }
  const touch = () => {
    try {
      utimesSync(target, new Date(), new Date());
    } catch {
      // removed meanwhile, or of a project that may only be read: the functions that run do without
    }
  };
  touch();
  prune(directory);
  return { ...readAssembly(target), wasCached, touch };
}

/** Whether there is one that can be read, with all of its assets. */
function isWhole(target: string): boolean {
  try {
    return [...readAssembly(target).assets.values()].every((asset) => existsSync(asset));
  } catch {
    return false;
  }
}

/** A digest of every byte that the assembly depends on. @returns 20 hex digits */
export function contentHash(project: string, backend: string | undefined): string {
  const hash = createHash('sha256').update(JSON.stringify([backend ?? null, process.version]));
  for (const file of SOURCES.flatMap((source) => filesOf(project, source)).sort()) {
    const content = readFileSync(join(project, file));
    hash.update(`\n${file} ${content.length}\n`).update(content);
  }
  return hash.digest('hex').slice(0, 20);
}

function filesOf(project: string, path: string): string[] {
  const absolute = join(project, path);
  if (!statSync(absolute).isDirectory()) return [path];
  return readdirSync(absolute, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(project, join(entry.parentPath, entry.name)))
    .filter((file) => !NOT_SOURCES.some((left) => file.startsWith(`${left}/`)));
}

/** As `cdk synth` starts the app; its context is how the backend gets in, and where `-c` would put it. */
async function synthesise({ project, backend, signal, outdir }: AssemblyOptions & { outdir: string }): Promise<void> {
  const context = { ...cdkJson.context, ...(backend === undefined ? {} : { [DATABASE_CONTEXT]: backend }) };
  const child = spawn(process.execPath, ['bin/app.ts'], {
    cwd: project,
    env: { ...process.env, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify(context) },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
    // a Ctrl-C in the terminal reaches us, and the signal ends it
    detached: true,
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk;
    });
  }
  const ended = new Promise<number | null>((done, failed) => {
    child.once('error', failed);
    child.once('close', done);
  });
  const code = await ended.catch((error: unknown) => {
    // the reason says more than that it was aborted
    signal.throwIfAborted();
    throw error;
  });
  signal.throwIfAborted();
  if (code !== 0) throw new Error(said.trim() || `The app could not be synthesised (exit code ${code})`);
}

/** Another start may have been faster, and what it made is the same; what is damaged gives way. */
function place(draft: string, target: string): void {
  if (existsSync(target) && !isWhole(target)) rmSync(target, { recursive: true, force: true });
  try {
    renameSync(draft, target);
  } catch (error) {
    if (!isWhole(target)) throw error;
  }
}

function prune(directory: string): void {
  const old = readdirSync(directory)
    .map((name) => join(directory, name))
    // another start may have put its draft in place meanwhile
    .map((path) => ({ path, usedAt: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now() }))
    .sort((a, b) => b.usedAt - a.usedAt)
    .slice(KEPT)
    .filter(({ usedAt }) => Date.now() - usedAt > IN_USE_MS);
  for (const { path } of old) rmSync(path, { recursive: true, force: true });
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

/** @throws Error where there is not exactly one stack */
export function readAssembly(directory: string): Omit<Assembly, 'wasCached' | 'touch'> {
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
