import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { buildSync } from 'esbuild';

/** Where the console's sources are. */
const PAGE = join(import.meta.dirname, 'page');
const PROJECT = join(import.meta.dirname, '..', '..');
/** Inputs of the built files other than `lib/console`. */
const MORE_SOURCES = ['functions/contract', 'lib/client', 'package-lock.json'];

/** Everything that is bundled is below one of these, as esbuild names it. Packages change with the lock file. */
const HASHED = ['lib/console', 'node_modules', ...MORE_SOURCES];

export interface ConsoleOptions {
  /** The runbook that the alarms page shows, as Markdown. */
  readonly runbook: string;
  /** The directory of built files, by content. Default `.tick-store/console`. */
  readonly directory?: string;
}

/**
 * Builds the console's static files with esbuild (0.2 s on two cores), or finds them if they were already built from
 * the same content. Scripts and styles have their content's hash in their names.
 * @returns the directory: `index.html`, `runbook.md`, `console/*`
 * @throws Error with esbuild's messages, if a source has a mistake
 */
export function buildConsole(options: ConsoleOptions): string {
  const { runbook, directory = join(PROJECT, '.tick-store', 'console') } = options;
  const target = join(directory, contentHash(runbook));
  if (existsSync(join(target, 'index.html'))) return target;
  const draft = `${target}.${randomUUID()}.new`;
  try {
    bundle(draft);
    writeFileSync(join(draft, 'console', 'runbook.md'), runbook);
    removeOld(directory);
    try {
      renameSync(draft, target);
    } catch (error) {
      // another start was faster, and what it built is the same
      if (!existsSync(join(target, 'index.html'))) throw error;
    }
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return target;
}

function bundle(outdir: string): void {
  mkdirSync(join(outdir, 'console'), { recursive: true });
  const { metafile } = buildSync({
    absWorkingDir: PROJECT,
    entryPoints: [join(PAGE, 'main.tsx')],
    outdir: join(outdir, 'console'),
    bundle: true,
    minify: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    entryNames: '[name]-[hash]',
    chunkNames: 'part-[hash]',
    metafile: true,
    legalComments: 'linked',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    logLevel: 'silent',
  });
  for (const input of Object.keys(metafile.inputs))
    if (!HASHED.some((source) => input.startsWith(`${source}/`)))
      throw new Error(
        `the console is built from ${input}, which is not among MORE_SOURCES: a change would not be seen`,
      );
  const outputs = Object.entries(metafile.outputs);
  const [script, output] = outputs.find(([, { entryPoint }]) => entryPoint?.endsWith('/main.tsx')) ?? [];
  if (script === undefined || output?.cssBundle === undefined)
    throw new Error('esbuild made no script or no style sheet');
  const assets = [
    `<link rel="stylesheet" href="console/${basename(output.cssBundle)}" />`,
    `<script type="module" src="console/${basename(script)}"></script>`,
  ];
  const html = readFileSync(join(PAGE, 'index.html'), 'utf8');
  writeFileSync(join(outdir, 'index.html'), html.replace('<!--assets-->', assets.join('\n    ')));
}

function contentHash(runbook: string): string {
  const hash = createHash('sha256').update(runbook);
  for (const source of [import.meta.dirname, ...MORE_SOURCES.map((path) => join(PROJECT, path))])
    for (const file of filesOf(source)) hash.update(`\n${file}\n`).update(readFileSync(file));
  return hash.digest('hex').slice(0, 20);
}

function filesOf(path: string): string[] {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .map((name) => join(path, name))
    .filter((file) => statSync(file).isFile())
    .sort();
}

/** The number of builds to keep. A running service has already read its files. */
function removeOld(directory: string): void {
  const builds = readdirSync(directory)
    .filter((name) => !name.endsWith('.new'))
    .map((name) => join(directory, name))
    .map((path) => ({ path, at: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.at - a.at);
  for (const { path } of builds.slice(3)) rmSync(path, { recursive: true, force: true });
}
