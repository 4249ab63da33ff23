import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import * as z from 'zod';

/** What a person may decide about the local service. */
export interface LocalSettings {
  /** Of the HTTP API; 0 lets one be picked. */
  readonly port: number;
  /** Absolute path. */
  readonly dataDirectory: string;
  /** Requests that run at once. Count. */
  readonly concurrency: number;
  /** Remove what is stored before the start. */
  readonly fresh: boolean;
}

export type CommandLine =
  | { readonly kind: 'start'; readonly settings: LocalSettings }
  | { readonly kind: 'help' }
  | { readonly kind: 'refused'; readonly message: string };

/**
 * The most requests at once. Every function keeps up to this many execution environments, each with one connection, and
 * together they have to fit the 1000 clients that PgBouncer lets in; a test does the sum.
 */
export const MAX_CONCURRENCY = 100;

const PROJECT = resolve(import.meta.dirname, '..', '..');

const wholeNumber = (min: number, max: number, fallback: number) => {
  const message = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,6}$/, message)
    .default(String(fallback))
    .transform(Number)
    .pipe(z.int().min(min, message).max(max, message));
};

const environment = z.object({
  PORT: wholeNumber(0, 65_535, 3000),
  DATA_DIR: z
    .string()
    .min(1, 'must be the path of a directory')
    .default(resolve(PROJECT, '.tick-store', 'data')),
  CONCURRENCY: wholeNumber(1, MAX_CONCURRENCY, 10),
});

export const HELP = `npm start                  starts Tick Store on this machine: PostgreSQL, PgBouncer and the HTTP API
npm start -- --fresh       the same, after removing everything that is stored
npm start -- --help        shows this

PORT         port of the HTTP API on 127.0.0.1; 0 picks a free one (default 3000)
DATA_DIR     where the database is (default .tick-store/data in the project)
CONCURRENCY  requests at once, each in an execution environment of its own; 1 to ${MAX_CONCURRENCY} (default 10)
DEBUG        any value: errors come with their stack

Ctrl-C stops it all; what is stored stays.`;

/** Reads the flags and the environment variables of `npm start`. A wrong one is refused, never guessed at. */
export function readCommandLine(args: readonly string[], variables: NodeJS.ProcessEnv): CommandLine {
  const options = { fresh: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;
  // Not strict, because its own messages take several sentences to say what is wrong.
  const { values, tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'positional') return refuse(`Unexpected argument ${token.value}`);
    if (token.kind !== 'option') continue;
    if (!Object.hasOwn(options, token.name)) return refuse(`Unknown option ${token.rawName}`);
    if (token.value !== undefined) return refuse(`${token.rawName} takes no value`);
  }
  if (values.help === true) return { kind: 'help' };
  // npm takes flags before a `--` for settings of its own; keeping the data in silence is not what was asked for.
  if (variables['npm_config_fresh'] !== undefined) return refuse('npm kept --fresh for itself');
  const read = environment.safeParse(variables);
  if (!read.success) {
    const [issue] = read.error.issues;
    const name = String(issue?.path[0]);
    return refuse(`${name}=${variables[name]} ${issue?.message}`);
  }
  const { PORT: port, DATA_DIR, CONCURRENCY: concurrency } = read.data;
  const settings = { port, dataDirectory: resolve(DATA_DIR), concurrency, fresh: values.fresh === true };
  return { kind: 'start', settings };
}

function refuse(problem: string): CommandLine {
  const remedy = problem.startsWith('npm kept')
    ? 'write npm start -- --fresh'
    : 'npm start -- --help shows what there is';
  return { kind: 'refused', message: `${problem}: ${remedy}` };
}
