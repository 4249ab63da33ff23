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
  /** Content by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** A directory of the project by name. */
  readonly directories?: Readonly<Record<string, string>>;
}

const PROJECT = resolve(import.meta.dirname, '..', '..', '..');

/**
 * The environment variable that makes bundles for a debugger: not minified, and each linked to a source map that leads
 * to the files of this project. Only `npm start` under a debugger sets it.
 */
export const DEBUGGABLE_VARIABLE = 'TICK_STORE_DEBUGGABLE_BUNDLES';

const isDebuggable = (): boolean => process.env[DEBUGGABLE_VARIABLE] !== undefined;

/** pg and others are CommonJS and call `require` for Node's own modules, which an ES module does not have. */
const BANNER =
  "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);";

const built = new Map<string, string>();
let scratch: string | undefined;

/**
 * The directory of one function's bundle: one ES module for Lambda's Node 24, made by this project's esbuild, without
 * Docker. Driver and credentials are constants in it, so that a bundle contains only the one in use. All entries of a
 * backend are built together when the first one is requested: 0.5 s on 2 cores.
 *
 * The same sources give the same bytes on any machine: paths in the bundle and in its source map are relative to the
 * project.
 * @param choice undefined for functions that do not use a database
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
    // written below: a map names its sources relative to this path, the same on every machine
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
      // removes what only the OpenAPI document contains (functions/contract/documented.ts)
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

/**
 * A source map that a debugger can follow, wherever the bundle is.
 * @param from the directory that its sources are relative to
 */
function withAbsoluteSources(text: string, from: string): string {
  const map = JSON.parse(text) as { sources: string[] };
  return JSON.stringify({ ...map, sources: map.sources.map((source) => pathToFileURL(resolve(from, source)).href) });
}

/** Creates a directory completely or not at all, because another process may look for it or create the same. */
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

/** Makes files readable for Lambda's user, because the zip would contain the modes from the deployer's umask. */
function makeReadable(directory: string): void {
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) chmodSync(join(entry.parentPath, entry.name), 0o644);
}

/**
 * TICK_STORE_BUNDLES: a directory that several processes of one test run share. Everything in it must be from that run.
 */
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
