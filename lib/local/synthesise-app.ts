import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { readAssembly } from '@tick-store/local-cloud';
import cdkJson from '../../cdk.json' with { type: 'json' };
import { DATABASE_CONTEXT } from '../config/database-backend.ts';
import { DEBUGGABLE_VARIABLE } from '../constructs/functions/bundle.ts';

/** The app, synthesised. */
export interface SynthesisedApp {
  /** The directory of the assembly. Absolute path. */
  readonly directory: string;
  readonly wasCached: boolean;
  /** Marks the assembly as in use for two more hours. */
  touch(): void;
}

export interface SynthesisOptions {
  /** Overrides the backend in `infra.config.ts`. */
  readonly backend?: string | undefined;
  /** Whether a debugger can map the functions to their sources. Default: no. */
  readonly debuggable?: boolean;
  /** Ends a synthesis in progress. */
  readonly signal: AbortSignal;
  /** The directory of the app. Default: this project. */
  readonly project?: string;
  /** The directory of assemblies. Default: `.tick-store/assembly` in the project. */
  readonly directory?: string;
}

const PROJECT = resolve(import.meta.dirname, '..', '..');

/** The files that an assembly is made from. The stack does not import what only runs on a developer's machine. */
const SOURCES = ['bin/app.ts', 'cdk.json', 'functions', 'infra.config.ts', 'lib', 'package-lock.json', 'package.json'];
const NOT_SOURCES = ['lib/client', 'lib/drills', 'lib/local', 'lib/local-cloud'];

/** The number of assemblies to keep. Each has 10 MB of bundles. */
const KEPT = 4;
/** An assembly that was touched within this time may be in use by a running service, which starts functions from it. */
const IN_USE_MS = 2 * 60 * 60 * 1000;

/**
 * The assembly of the current app: synthesised by the same command that `cdk` runs, in its own process (2 s on 2
 * cores), or kept from an earlier start with the same content.
 * @throws Error with the output of the synthesis, if `infra.config.ts` or the stack is not valid
 */
export async function synthesiseApp(options: SynthesisOptions): Promise<SynthesisedApp> {
  const { backend, debuggable = false, signal, project = PROJECT } = options;
  const { directory = join(PROJECT, '.tick-store', 'assembly') } = options;
  mkdirSync(directory, { recursive: true });
  const target = join(directory, contentHash(project, backend, debuggable));
  const wasCached = isWhole(target);
  if (!wasCached) {
    const draft = `${target}.${randomUUID()}.new`;
    try {
      await synthesise({ project, backend, debuggable, signal, outdir: draft });
      place(draft, target);
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
  }
  const touch = () => {
    try {
      utimesSync(target, new Date(), new Date());
    } catch {
      // it was removed meanwhile, or the project is read-only: running functions do not need the mark
    }
  };
  touch();
  prune(directory);
  return { directory: target, wasCached, touch };
}

/** Whether the assembly can be read, with all of its assets. */
function isWhole(target: string): boolean {
  try {
    return [...readAssembly(target).assets.values()].every((asset) => existsSync(asset));
  } catch {
    return false;
  }
}

/** A digest of every byte that the assembly depends on. @returns 20 hex digits */
export function contentHash(project: string, backend: string | undefined, debuggable: boolean): string {
  const hash = createHash('sha256').update(JSON.stringify([backend ?? null, debuggable, process.version]));
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

/** Starts the app as `cdk synth` does. The backend is passed in its context, like an option `-c`. */
async function synthesise(options: SynthesisOptions & { outdir: string }): Promise<void> {
  const { project, backend, debuggable, signal, outdir } = options;
  const context = { ...cdkJson.context, ...(backend === undefined ? {} : { [DATABASE_CONTEXT]: backend }) };
  const child = spawn(process.execPath, ['bin/app.ts'], {
    cwd: project,
    env: {
      ...process.env,
      CDK_OUTDIR: outdir,
      CDK_CONTEXT_JSON: JSON.stringify(context),
      // CDK's check against the published schemas takes half of the time; `cdk synth`, which deploys, runs it
      CDK_VALIDATION: 'false',
      [DEBUGGABLE_VARIABLE]: debuggable ? 'true' : undefined,
    },
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
    // the reason says more than the abort itself
    signal.throwIfAborted();
    throw error;
  });
  signal.throwIfAborted();
  if (code !== 0) throw new Error(said.trim() || `The app could not be synthesised (exit code ${code})`);
}

/** Another start may have been faster; its assembly is the same. A damaged one is replaced. */
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
