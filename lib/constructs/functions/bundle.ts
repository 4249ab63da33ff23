import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';
import type { DriverChoice } from '../database/database-access.ts';
import { TRIMMED_PACKAGES, TRIMMED_WITHOUT_SDK } from './trimmed-packages.ts';

/** Files next to a function's `index.mjs`. */
export interface Companions {
  /** Name to content. */
  readonly files?: Readonly<Record<string, string>>;
  /** Name to a directory of the project. */
  readonly directories?: Readonly<Record<string, string>>;
}

const PROJECT = resolve(import.meta.dirname, '..', '..', '..');

/**
 * The environment variable with which bundles are made for a debugger: not minified, and with a source map that each names and that
 * leads to the files of this project. Only `npm start` under a debugger sets it.
 */
export const DEBUGGABLE_VARIABLE = 'TICK_STORE_DEBUGGABLE_BUNDLES';

const isDebuggable = (): boolean => process.env[DEBUGGABLE_VARIABLE] !== undefined;

/** pg and its like are CommonJS and call `require` for Node's own modules, which an ES module does not have. */
const BANNER =
  "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);";

const built = new Map<string, string>();
let scratch: string | undefined;

/**
 * The directory of one function's bundle: one ES module for Lambda's Node 24, made by the esbuild of this project, without
 * Docker. Driver and credentials are constants in it, so that a bundle holds only the one in use. All entries of a backend
 * are built at once, the first time one is asked for: 0.5 s on 2 cores.
 *
 * The same sources make the same bytes, on any machine: paths in it and in its source map are relative to the project.
 * @param choice undefined for functions that know no database
 */
export function bundleOf(
  entry: string,
  entries: readonly string[],
  choice: DriverChoice | undefined,
  companions: Companions = {},
): string {
  const { files = {}, directories = {} } = companions;
  const source = join(bundlesOf(entries, choice), entry);
  if (Object.keys(files).length + Object.keys(directories).length === 0) return source;
  const marker = createHash('sha256')
    .update(JSON.stringify([choice, files, directories]))
    .digest('hex')
    .slice(0, 16);
  // a directory per content, because CDK caches hashes by path
  const target = join(scratchDirectory(), `${entry}-${marker}`);
  placeOnce(target, (draft) => {
    cpSync(source, draft, { recursive: true });
    for (const [name, content] of Object.entries(files)) writeFileSync(join(draft, name), content);
    for (const [name, from] of Object.entries(directories))
      cpSync(resolve(PROJECT, from), join(draft, name), { recursive: true });
  });
  return target;
}

function bundlesOf(entries: readonly string[], choice: DriverChoice | undefined): string {
  const debuggable = isDebuggable();
  const of = choice === undefined ? entries.join('+') : `${choice.driver}-${choice.credentials}`;
  const key = debuggable ? `${of}-debuggable` : of;
  const done = built.get(key);
  if (done !== undefined) return done;
  const directory = join(scratchDirectory(), key);
  if (existsSync(directory)) return directory;
  const { outputFiles } = buildSync({
    absWorkingDir: PROJECT,
    entryPoints: Object.fromEntries(entries.map((entry) => [`${entry}/index`, `functions/${entry}.ts`])),
    // written below: a map names sources relative to here, the same on every machine
    write: false,
    outdir: join(PROJECT, 'bundles'),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    alias: choice?.driver === 'data-api' ? TRIMMED_PACKAGES : TRIMMED_WITHOUT_SDK,
    banner: { js: BANNER },
    define: {
      // drops what only the OpenAPI document says (functions/contract/documented.ts)
      WITHOUT_OPENAPI_TEXTS: 'true',
      ...(choice !== undefined && {
        'process.env.DATABASE_DRIVER': JSON.stringify(choice.driver),
        'process.env.DATABASE_CREDENTIALS': JSON.stringify(choice.credentials),
      }),
    },
    minify: !debuggable,
    // without the sources themselves: a stack names file and line (functions/runtime/source-frames.ts)
    sourcemap: debuggable ? 'linked' : 'external',
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'error',
  });
  placeOnce(directory, (draft) => {
    for (const { path, contents, text } of outputFiles) {
      const target = join(draft, relative(join(PROJECT, 'bundles'), path));
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, debuggable && path.endsWith('.map') ? withAbsoluteSources(text, dirname(path)) : contents);
    }
  });
  built.set(key, directory);
  return directory;
}

/** A source map that a debugger can follow from wherever the bundle lies. @param from what its sources are relative to */
function withAbsoluteSources(text: string, from: string): string {
  const map = JSON.parse(text) as { sources: string[] };
  return JSON.stringify({ ...map, sources: map.sources.map((source) => pathToFileURL(resolve(from, source)).href) });
}

/** Makes a directory whole or not at all: another process may look for it, or make the same. */
function placeOnce(target: string, fill: (draft: string) => void): void {
  if (existsSync(target)) return;
  const draft = `${target}.${process.pid}.new`;
  fill(draft);
  makeReadable(draft);
  try {
    renameSync(draft, target);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    // another process was first, with the same content
    if (!existsSync(target)) throw error;
  }
}

/** Lambda runs as another user than the deployer, whose umask the zip would bring along. */
function makeReadable(directory: string): void {
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) chmodSync(join(entry.parentPath, entry.name), 0o644);
}

/** TICK_STORE_BUNDLES: a directory that several processes of one test run share. Nothing in it may be older than the run. */
function scratchDirectory(): string {
  if (scratch !== undefined) return scratch;
  const shared = process.env['TICK_STORE_BUNDLES'];
  if (shared === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'tick-store-bundles-'));
    process.on('exit', () => rmSync(made, { recursive: true, force: true }));
    scratch = made;
  } else {
    scratch = shared;
  }
  return scratch;
}
