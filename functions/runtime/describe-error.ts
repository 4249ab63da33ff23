import type { Fields } from './logger.ts';
import { sourceFrames } from './source-frames.ts';

/** How many causes deep a log line goes. */
const MOST_CAUSES = 4;

/** An error of the database port, by its form: this folder is below the port's. */
interface DatabaseFailure extends Error {
  readonly kind: string;
  readonly fields: { readonly code?: string; readonly statement?: string; readonly constraint?: string };
}

const isDatabaseFailure = (error: Error): error is DatabaseFailure => error.name === 'DatabaseError' && 'kind' in error;

/**
 * An error as the log shows it: its name, message, frames and causes. A database's message may quote a value, so of a
 * database error and of everything that caused it there are only codes and frames.
 */
export function describeError(error: unknown, mayQuote = false, depth = 1): Fields {
  if (!(error instanceof Error)) return { name: typeof error };
  const { name, message, stack, cause } = error;
  const fromDatabase = mayQuote || isDatabaseFailure(error);
  const { code } = error as { code?: unknown };
  const said = fromDatabase ? { code } : { code, message };
  const known = isDatabaseFailure(error)
    ? {
        kind: error.kind,
        sqlState: error.fields.code,
        statement: error.fields.statement,
        constraint: error.fields.constraint,
      }
    : said;
  const next =
    cause === undefined || depth >= MOST_CAUSES ? {} : { cause: describeError(cause, fromDatabase, depth + 1) };
  return { name, ...known, stack: sourceFrames(stack), ...next };
}
