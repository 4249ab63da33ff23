import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type Client, type Receipt, storeBatch, TickStoreProblem } from '../../client/index.ts';
import { CliError } from '../terminal/cli-error.ts';
import type { FilePart } from './cut-parts.ts';
import type { PlannedSource } from './plan-import.ts';

const pack = promisify(gzip);
/** Level 1 compresses market data nearly as well as level 6, in a quarter of the time. */
const GZIP_LEVEL = 1;
/** A store that fails over is available again within a minute or two. */
const RETRY = { attempts: 20, capMs: 10_000 };

export interface SendOptions {
  readonly client: Client;
  readonly query: Readonly<Record<string, string>>;
  /** Changes the keys, for files that were imported with other parameters. */
  readonly again: string | undefined;
  /** Whether bodies are compressed: worthwhile on a network, but not on this machine. */
  readonly packs: boolean;
  readonly signal: AbortSignal;
  /** Called when a request has failed and is tried again. */
  readonly onRetry: (error: unknown) => void;
}

export type PartOutcome =
  | { readonly kind: 'stored'; readonly receipt: Receipt; readonly replayed: boolean }
  /** Nothing of the part is stored and a retry does not help: it is not CSV, or has a line that cannot be read. */
  | { readonly kind: 'refused'; readonly problem: TickStoreProblem };

/**
 * Sends one part under its key.
 * @throws CliError if the file was imported before with other parameters; TickStoreProblem, TickStoreUnreachable
 */
export async function sendPart(planned: PlannedSource, part: FilePart, options: SendOptions): Promise<PartOutcome> {
  const { client, packs, signal } = options;
  const content = packs
    ? new Uint8Array(await pack(part.body, { level: GZIP_LEVEL }))
    : (part.body as Uint8Array<ArrayBuffer>);
  const raw = { content, type: mediaTypeOf(planned), encoding: packs ? ('gzip' as const) : undefined };
  const query = queryOf(planned, options.query) as object;
  try {
    const key = partKey(planned.symbol, part, options.again);
    const { receipt, replayed } = await storeBatch(client, 'ingestMarketData', {
      query,
      key,
      raw,
      signal,
      retry: { ...RETRY, onRetry: options.onRetry },
    });
    return { kind: 'stored', receipt, replayed };
  } catch (error) {
    if (!(error instanceof TickStoreProblem)) throw error;
    if (error.code === 'idempotency_key_reused') throw importedBefore(planned, part, options.query, error);
    if (error.status === 400 || error.code === 'record_too_large') return { kind: 'refused', problem: error };
    throw error;
  }
}

/** Version of how files are cut: another way makes other parts, which need other keys. */
const CUT_VERSION = 1;

/**
 * The key of a part, from its content, its place, and the instrument. So a repeated run stores nothing twice, however
 * the first one ended, and a renamed file is still the same file.
 */
export function partKey(symbol: string | undefined, { index, body }: FilePart, again: string | undefined): string {
  const head = JSON.stringify([symbol ?? null, index, ...(again === undefined ? [] : [again])]);
  return `import/${CUT_VERSION}/${createHash('sha256').update(head).update('\n').update(body).digest('hex')}`;
}

/** The API's parameters for a part. Lines before the titles are not sent. If a file has no titles, none are sent. */
export function queryOf(
  { symbol, source, dialect }: PlannedSource,
  more: Readonly<Record<string, string>>,
): Record<string, string> {
  const { skipLines: _, columns, ...parameters } = dialect.parameters;
  const ofCsv = source.kind === 'csv' && columns !== undefined ? { columns } : {};
  return { ...parameters, ...ofCsv, ...(symbol === undefined ? {} : { symbol }), ...more };
}

const mediaTypeOf = ({ source }: PlannedSource): string =>
  source.kind === 'csv' ? 'text/csv' : 'application/x-ndjson';

function importedBefore(
  { source }: PlannedSource,
  part: FilePart,
  query: SendOptions['query'],
  cause: Error,
): CliError {
  const advice =
    query['onConflict'] === 'replace'
      ? 'To correct the stored rows with it, add --again NAME: rows with a sequence, and bars, are not stored twice.'
      : 'To store it with these parameters as well, delete the stored rows and add --again NAME.';
  const what = `${source.name}, from line ${part.firstLine}, was imported before with other parameters.`;
  return new CliError(`${what} ${advice}`, 1, { cause });
}
