import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { DATABASE_BACKENDS, type DatabaseBackend } from '../config/database-backend.ts';

/** What a person may decide about the local service. */
export interface LocalSettings {
  /** Of the HTTP API; 0 lets one be picked. */
  readonly port: number;
  /** Absolute path. */
  readonly dataDirectory: string;
  /** Processes that one function may have at once. Count. */
  readonly concurrency: number;
  /** Remove what is stored before the start. */
  readonly fresh: boolean;
  /** In place of the backend to the database in `infra.config.ts`. */
  readonly backend?: DatabaseBackend;
}

export type CommandLine =
  | { readonly kind: 'start'; readonly settings: LocalSettings }
  | { readonly kind: 'help' }
  | { readonly kind: 'refused'; readonly message: string };

/**
 * The most processes of one function. Each has one connection, and together they have to fit the 1000 clients that
 * PgBouncer lets in; a test does the sum.
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

export const HELP = `npm start                    starts Tick Store on this machine: the stack of infra.config.ts on PostgreSQL and PgBouncer
npm start -- --backend NAME    the same over another way to the database: ${DATABASE_BACKENDS.join(', ')}
npm start -- --fresh         the same, after removing everything that is stored
npm start -- --help          shows this

PORT         port of the HTTP API on 127.0.0.1; 0 picks a free one (default 3000)
DATA_DIR     where the database is (default .tick-store/data in the project)
CONCURRENCY  processes that one function may have; what Lambda would start beyond them waits; 1 to ${MAX_CONCURRENCY} (default 10)
AWS_REGION   the region that the local cloud plays (default us-east-1)
DEBUG        any value: errors come with their stack

Ctrl-C stops it all; what is stored stays.`;

/** Reads the flags and the environment variables of `npm start`. A wrong one is refused, never guessed at. */
export function readCommandLine(args: readonly string[], variables: NodeJS.ProcessEnv): CommandLine {
  const options = {
    fresh: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
    backend: { type: 'string' },
  } as const;
  // Not strict, because its own messages take several sentences to say what is wrong.
  const { values, tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'positional') return refuse(`Unexpected argument ${token.value}`);
    if (token.kind !== 'option') continue;
    if (!Object.hasOwn(options, token.name)) return refuse(`Unknown option ${token.rawName}`);
    if (token.name !== 'backend' && token.value !== undefined) return refuse(`${token.rawName} takes no value`);
  }
  const backend = DATABASE_BACKENDS.find((name) => name === values.backend);
  if (values.backend !== undefined && backend === undefined)
    return refuse(`--backend must be one of ${DATABASE_BACKENDS.join(', ')}`);
  if (values.help === true) return { kind: 'help' };
  // npm takes flags before a `--` for settings of its own; keeping the data in silence is not what was asked for.
  for (const flag of ['fresh', 'backend'])
    if (variables[`npm_config_${flag}`] !== undefined) return refuse(`npm kept --${flag} for itself`);
  const read = environment.safeParse(variables);
  if (!read.success) {
    const [issue] = read.error.issues;
    const name = String(issue?.path[0]);
    return refuse(`${name}=${variables[name]} ${issue?.message}`);
  }
  const { PORT: port, DATA_DIR, CONCURRENCY: concurrency } = read.data;
  const settings = { port, dataDirectory: resolve(DATA_DIR), concurrency, fresh: values.fresh === true };
  return { kind: 'start', settings: { ...settings, ...(backend === undefined ? {} : { backend }) } };
}

function refuse(problem: string): CommandLine {
  const remedy = problem.startsWith('npm kept')
    ? `write npm start -- ${problem.split(' ')[2]}`
    : 'npm start -- --help shows what there is';
  return { kind: 'refused', message: `${problem}: ${remedy}` };
}
