import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import pg from 'pg';
import { type ConnectionInfo, readConnectionString } from './connection-string.ts';
import { connectFailure, NeonError, statementFailure } from './neon-error.ts';

export { NeonError } from './neon-error.ts';

export interface SqlLimits {
  /** Limit for a request's body. */
  readonly requestBytes: number;
  /** Limit for each statement's rows as JSON. */
  readonly responseBytes: number;
}

interface SqlQuery {
  readonly query: string;
  readonly params?: unknown[];
  readonly arrayMode?: boolean;
}
type Payload = SqlQuery | { readonly queries: readonly SqlQuery[] };

const ISOLATION: Record<string, string> = {
  ReadUncommitted: 'read uncommitted',
  ReadCommitted: 'read committed',
  RepeatableRead: 'repeatable read',
  Serializable: 'serializable',
};

/** As many connections per login as Neon's proxy keeps, and for as long. */
const MOST_CONNECTIONS = 20;
const IDLE_MS = 10_000;

/** `POST /sql`: statements with text parameters, results with text values. */
export class SqlOverHttp {
  readonly #pooler: { readonly host: string; readonly port: number };
  readonly #limits: SqlLimits;
  readonly #pools = new Map<string, pg.Pool>();
  readonly #busy = new Set<pg.PoolClient>();

  constructor(pooler: { readonly host: string; readonly port: number }, limits: SqlLimits) {
    this.#pooler = pooler;
    this.#limits = limits;
  }

  /** @throws NeonError with the status and the body of the response */
  async respond(request: IncomingMessage): Promise<{ body: string; headers: Record<string, string> }> {
    const { headers } = request;
    const info = readConnectionString(headers['neon-connection-string']);
    const begin = beginOf(headers);
    const payload = await this.#payloadOf(request);
    const client = await this.#connect(info);
    this.#busy.add(client);
    let broken = true;
    try {
      const body =
        'queries' in payload
          ? await this.#batch(client, payload.queries, begin, headers)
          : await this.#query(client, payload, headers);
      broken = false;
      return { body, headers: 'queries' in payload ? echoed(headers) : {} };
    } finally {
      // like Neon's proxy: a connection on which anything failed is not used again
      client.release(broken);
      this.#busy.delete(client);
    }
  }

  /** Closes its connections, including those with a running statement. */
  async stop(): Promise<void> {
    for (const client of this.#busy)
      (client as pg.PoolClient & { connection: pg.Connection }).connection.stream.destroy();
    await Promise.all([...this.#pools.values()].map((pool) => pool.end()));
  }

  async #payloadOf(request: IncomingMessage): Promise<Payload> {
    const limit = this.#limits.requestBytes;
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > limit) throw new NeonError(413, `request is too large (max is ${limit} bytes)`);
      chunks.push(chunk);
    }
    try {
      const payload = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Payload;
      const queries = 'queries' in payload ? payload.queries : [payload];
      if (queries.every(({ query }) => typeof query === 'string')) return payload;
    } catch {
      // reported below, without the text, which may contain values
    }
    throw new NeonError(400, 'could not parse the HTTP request body');
  }

  async #connect(info: ConnectionInfo): Promise<pg.PoolClient> {
    const key = JSON.stringify(info);
    let pool = this.#pools.get(key);
    if (pool === undefined) {
      pool = new pg.Pool({ ...this.#pooler, ...info, max: MOST_CONNECTIONS, idleTimeoutMillis: IDLE_MS, types: RAW });
      // a connection that closes while idle is replaced by the next request
      pool.on('error', () => undefined);
      pool.on('connect', (client) => client.on('error', () => undefined));
      this.#pools.set(key, pool);
    }
    try {
      return await pool.connect();
    } catch (error) {
      throw connectFailure(error, info.user);
    }
  }

  async #batch(
    client: pg.PoolClient,
    queries: readonly SqlQuery[],
    begin: string,
    headers: IncomingHttpHeaders,
  ): Promise<string> {
    await run(client, { text: begin });
    try {
      const results: string[] = [];
      for (const query of queries) results.push(await this.#query(client, query, headers));
      await run(client, { text: 'commit' });
      return `{"results":[${results.join()}]}`;
    } catch (error) {
      // the connection is closed after an error in any case, which rolls back too
      await client.query('rollback').catch(() => undefined);
      throw error;
    }
  }

  async #query(client: pg.PoolClient, { query, params = [], arrayMode }: SqlQuery, headers: IncomingHttpHeaders) {
    const asArrays = arrayMode ?? headers['neon-array-mode'] === 'true';
    if (headers['neon-raw-text-output'] !== 'true' || !asArrays)
      throw new NeonError(500, 'the local endpoint returns raw text in array mode only, as the driver requests');
    const { fields, rows, command, rowCount } = await run(client, { text: query, values: params.map(asText) });
    const json = JSON.stringify(rows);
    const limit = this.#limits.responseBytes;
    if (Buffer.byteLength(json) > limit) throw new NeonError(507, `response is too large (max is ${limit} bytes)`);
    const head = JSON.stringify({
      command,
      rowCount,
      rowAsArray: asArrays,
      fields: fields.map((field) => ({
        name: field.name,
        dataTypeID: field.dataTypeID,
        tableID: field.tableID,
        columnID: field.columnID,
        dataTypeSize: field.dataTypeSize,
        dataTypeModifier: field.dataTypeModifier,
        format: 'text',
      })),
    });
    return `${head.slice(0, -1)},"rows":${json}}`;
  }
}

/** Values as PostgreSQL writes them. */
const RAW = { getTypeParser: () => (text: string) => text } as unknown as pg.CustomTypesConfig;

async function run(client: pg.PoolClient, config: { text: string; values?: (string | null)[] }) {
  try {
    return await client.query<(string | null)[]>({
      ...config,
      rowMode: 'array',
      queryMode: 'extended',
    } as pg.QueryArrayConfig);
  } catch (error) {
    throw statementFailure(error);
  }
}

/** Neon's proxy converts JSON numbers and booleans to text; the driver sends neither. */
const asText = (value: unknown): string | null => (value === null ? null : String(value));

/** @throws NeonError if the header is not one of Neon's four isolation levels */
function beginOf(headers: IncomingHttpHeaders): string {
  const level = headers['neon-batch-isolation-level'];
  const words = ['start transaction'];
  if (level !== undefined) {
    const known = ISOLATION[String(level)];
    if (known === undefined) throw new NeonError(400, 'invalid isolation level');
    words.push(`isolation level ${known},`);
  }
  words.push(headers['neon-batch-read-only'] === 'true' ? 'read only,' : 'read write,');
  words.push(headers['neon-batch-deferrable'] === 'true' ? 'deferrable' : 'not deferrable');
  return words.join(' ');
}

/** The transaction headers that Neon repeats in its response. */
function echoed(headers: IncomingHttpHeaders): Record<string, string> {
  const names = ['neon-batch-isolation-level', 'neon-batch-read-only', 'neon-batch-deferrable'];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = headers[name];
      return typeof value === 'string' && value !== 'false' ? [[name, value]] : [];
    }),
  );
}
