import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { DATABASE_BACKENDS, type DatabaseBackend } from '../config/database-backend.ts';
import { DATA_DIRECTORY } from './running-file.ts';

/** What a person may configure for the local service. */
export interface LocalSettings {
  /** The port of the HTTP API; 0 picks a free one. */
  readonly port: number;
  /** Absolute path. */
  readonly dataDirectory: string;
  /** The largest number of processes per function. */
  readonly concurrency: number;
  /** Whether to send random-walk ticks while it runs. */
  readonly demo: boolean;
  /** Whether to remove all stored data before the start. */
  readonly fresh: boolean;
  /** Overrides the database backend in `infra.config.ts`. */
  readonly backend?: DatabaseBackend;
}

export type CommandLine =
  /** `notices` are for the person: names that were accepted but have changed. */
  | { readonly kind: 'start'; readonly settings: LocalSettings; readonly notices: readonly string[] }
  | { readonly kind: 'help' }
  | { readonly kind: 'refused'; readonly message: string };

/**
 * The largest number of processes per function. Each has one connection, and together they must fit the 1000 clients
 * that PgBouncer accepts; a test checks the sum.
 */
export const MAX_CONCURRENCY = 100;

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
  DATA_DIR: z.string().min(1, 'must be the path of a directory').default(DATA_DIRECTORY),
  CONCURRENCY: wholeNumber(1, MAX_CONCURRENCY, 10),
});

export const HELP = `npm start                        starts Tick Store on this machine: the stack of infra.config.ts on PostgreSQL and PgBouncer
npm start -- --database NAME     the same with another database backend: ${DATABASE_BACKENDS.join(', ')}
npm start -- --demo              the same, and sends random-walk ticks for the twelve instruments, so that charts move
npm start -- --fresh             the same, after removing all stored data
npm start -- --help              shows this

PORT         port of the HTTP API on 127.0.0.1; 0 picks a free one (default 3000)
DATA_DIR     where the database is (default .tick-store/data in the project)
CONCURRENCY  processes per function; further invocations wait; 1 to ${MAX_CONCURRENCY} (default 10)
AWS_REGION   the emulated region (default us-east-1)
LOCAL_CLOUD_OS_USER  as root: the account that runs PostgreSQL and PgBouncer (default nobody)
DEBUG        any value: errors include their stack

Ctrl-C stops everything; stored data is kept.`;

/** Flags that were renamed, with their new names. */
const RENAMED: Readonly<Record<string, string>> = { route: 'database' };
const RENAMED_VARIABLES: Readonly<Record<string, string>> = { TICK_STORE_OS_USER: 'LOCAL_CLOUD_OS_USER' };

const OPTIONS = {
  demo: { type: 'boolean' },
  fresh: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  database: { type: 'string' },
  route: { type: 'string' },
} as const;

/** Reads the flags and the environment variables of `npm start`. An invalid one is refused, never guessed. */
export function readCommandLine(args: readonly string[], variables: NodeJS.ProcessEnv): CommandLine {
  // Not strict, because the parser's own messages take several sentences.
  const { values, tokens } = parseArgs({ args: [...args], options: OPTIONS, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'positional') return refuse(`Unexpected argument ${token.value}`);
    if (token.kind !== 'option') continue;
    if (!Object.hasOwn(OPTIONS, token.name)) return refuse(`Unknown option ${token.rawName}`);
    const takesValue = OPTIONS[token.name as keyof typeof OPTIONS].type === 'string';
    if (!takesValue && token.value !== undefined) return refuse(`${token.rawName} takes no value`);
  }
  const named = values.database ?? values.route;
  const backend = DATABASE_BACKENDS.find((name) => name === named);
  if (named !== undefined && backend === undefined)
    return refuse(`--database must be one of ${DATABASE_BACKENDS.join(', ')}`);
  if (values.help === true) return { kind: 'help' };
  // npm keeps flags before a `--` as its own settings. They must not be ignored silently.
  for (const flag of Object.keys(OPTIONS))
    if (flag !== 'help' && variables[`npm_config_${flag}`] !== undefined)
      return refuse(`npm took --${flag} as its own option`);
  for (const [name, current] of Object.entries(RENAMED_VARIABLES))
    if (variables[name] !== undefined) return refuse(`${name} is now called ${current}`);
  const read = environment.safeParse(variables);
  if (!read.success) {
    const [issue] = read.error.issues;
    const name = String(issue?.path[0]);
    return refuse(`${name}=${variables[name]} ${issue?.message}`);
  }
  const { PORT: port, DATA_DIR, CONCURRENCY: concurrency } = read.data;
  const flags = { demo: values.demo === true, fresh: values.fresh === true };
  const settings = { port, dataDirectory: resolve(DATA_DIR), concurrency, ...flags };
  const notices = Object.entries(RENAMED)
    .filter(([flag]) => Object.hasOwn(values, flag))
    .map(([flag, current]) => `--${flag} is now called --${current}`);
  return { kind: 'start', settings: { ...settings, ...(backend === undefined ? {} : { backend }) }, notices };
}

function refuse(problem: string): CommandLine {
  const [, flag = ''] = /^npm kept --(\w+)/.exec(problem) ?? [];
  const remedy =
    flag === '' ? 'npm start -- --help lists the options' : `write npm start -- --${RENAMED[flag] ?? flag}`;
  return { kind: 'refused', message: `${problem}: ${remedy}` };
}
