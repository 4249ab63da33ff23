import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isSignedRequest, type Signer } from '../aws-api/signed-request.ts';
import { isFromOtherSite } from '../machine/local-caller.ts';
import { LOOPBACK } from '../machine/loopback-port.ts';
import type { SqlParameter } from './bind-parameters.ts';
import { Connections, type Sql } from './database-connections.ts';
import { type ResultOptions, responseOf } from './encode-result.ts';
import { databaseError, ServiceError, type ServiceErrorName, StillRunning } from './service-error.ts';
import { Transactions } from './transactions.ts';

export interface DataApiEndpointOptions {
  /** The account whose key must have signed a call. */
  readonly signer: Signer;
  /** Epoch milliseconds; signatures expire by this clock. Default: the machine's clock. */
  readonly now?: () => number;
  /** The cluster that every call must name. */
  readonly clusterArn: string;
  /**
   * The login behind a secret, as a PostgreSQL URL; undefined if there is no such secret. A call's own `database`
   * overrides the URL's.
   */
  readonly login: (secretArn: string) => string | undefined;
  /** 0 picks a free port. */
  readonly port: number;
  /** The service's limits, for tests that cannot reach the real ones. */
  readonly limits?: Partial<typeof LIMITS>;
}

export interface DataApiEndpoint {
  /** For AWS_ENDPOINT_URL_RDS_DATA. */
  readonly url: string;
  /** The number of open transactions. */
  readonly openTransactions: number;
  /** Calls received so far, by operation, such as `Execute`. */
  readonly calls: readonly string[];
  /**
   * Fails the next calls with an error, without running them, such as a cluster that resumes or a service that
   * throttles.
   */
  failNext(name: ServiceErrorName, calls: number, message?: string): void;
  stop(): Promise<void>;
}

/** The service's limits, from its user guide ("Limitations" and "Calling"); the pool and its wait are our own. */
const LIMITS = {
  /** For body and headers together. Bytes. */
  requestBytes: 4 * 1024 * 1024,
  /** For the SQL text. Characters. */
  sqlLength: 65_536,
  statementTimeoutMs: 45_000,
  idleTimeoutMs: 3 * 60_000,
  lifetimeMs: 24 * 3_600_000,
  /** Connections per login and database, and how long a call waits for one. */
  poolSize: 20,
  acquireTimeoutMs: 10_000,
};

interface Call extends Partial<Sql>, ResultOptions {
  readonly resourceArn?: string;
  readonly secretArn?: string;
  readonly database?: string;
  readonly schema?: string;
  readonly transactionId?: string;
  readonly parameterSets?: readonly (readonly SqlParameter[])[];
}

/**
 * The RDS Data API of one Aurora cluster (Serverless v2 and provisioned), over a local PostgreSQL: the REST-JSON
 * protocol that the AWS SDK uses, with the documented limits and refusals. As in the service, errors omit PostgreSQL's
 * detail, hint and constraint, and end a transaction.
 *
 * Calls must be signed with the account's key, be JSON, and not come from another site's web page.
 *
 * Not emulated: IAM and Secrets Manager (`login` replaces both), how the service hands over the open work of a lost
 * connection, throttling by itself, a cluster that pauses (`failNext` can simulate it), `schema`, ExecuteSql, and
 * column metadata other than names and types. A result as formatted JSON has the same limit as any other here, and 10
 * MB in the service. Two limits are not checked: the number of parameter sets, and what may continue after a timeout
 * (only DDL, according to the documentation). A row is measured by PostgreSQL's text and a result by its JSON, because
 * the documentation does not say how the service measures them.
 */
export async function startDataApiEndpoint(options: DataApiEndpointOptions): Promise<DataApiEndpoint> {
  const limits = { ...LIMITS, ...options.limits };
  const connections = new Connections(limits);
  const transactions = new Transactions(limits);
  const calls: string[] = [];
  const { now = Date.now } = options;
  let failures: { error: ServiceError; left: number } | undefined;

  const urlFor = ({ resourceArn, secretArn, database, schema }: Call): string => {
    if (resourceArn !== options.clusterArn)
      throw new ServiceError(
        'HttpEndpointNotEnabledException',
        `HttpEndpoint is not enabled for cluster ${resourceArn}`,
      );
    if (schema !== undefined) throw new ServiceError('ValidationException', 'Schema name is not supported');
    const login = options.login(secretArn ?? '');
    if (login === undefined) throw new ServiceError('NotFoundException', 'The secret cannot be found');
    const url = new URL(login);
    if (database !== undefined) url.pathname = `/${encodeURIComponent(database)}`;
    return url.href;
  };

  const begin = async (call: Call) => {
    const url = urlFor(call);
    const client = await connections.borrow(url);
    try {
      await client.query('begin');
    } catch (error) {
      client.release(true);
      throw databaseError(error);
    }
    return { transactionId: transactions.add(client, url) };
  };

  const commit = async (call: Call) => {
    urlFor(call);
    const command = await transactions.commit(call.transactionId ?? '');
    return { transactionStatus: command === 'COMMIT' ? 'Transaction Committed' : 'Rollback Complete' };
  };

  const rollback = async (call: Call) => {
    urlFor(call);
    await transactions.rollback(call.transactionId ?? '');
    return { transactionStatus: 'Rollback Complete' };
  };

  /** Runs `work` in the call's transaction, or on a connection of its own where each statement commits. */
  const onConnection = async <T>(
    call: Call,
    work: (execute: (sql: Sql) => Promise<object>) => Promise<T>,
  ): Promise<T> => {
    const url = urlFor(call);
    const { sql } = call;
    if (sql === undefined || sql.length > limits.sqlLength)
      throw new ServiceError('ValidationException', `sql must have 1 to ${limits.sqlLength} characters`);
    if (call.transactionId !== undefined) {
      return transactions.use(call.transactionId, (client, at) =>
        work(async (one) => responseOf(await connections.execute(client, at, one), call)),
      );
    }
    const client = await connections.borrow(url);
    try {
      const result = await work(async (one) => responseOf(await connections.execute(client, url, one), call));
      client.release();
      return result;
    } catch (error) {
      if (error instanceof StillRunning) void error.ended.then(() => client.release(true));
      else client.release(true);
      throw error;
    }
  };

  const execute = (call: Call) => onConnection(call, (run) => run(call as Sql));

  const batchExecute = (call: Call) =>
    onConnection(call, async (run) => {
      for (const parameters of call.parameterSets ?? []) await run({ ...(call as Sql), parameters });
      return { updateResults: (call.parameterSets ?? []).map(() => ({ generatedFields: [] })) };
    });

  const operations: Readonly<Record<string, (call: Call) => Promise<object>>> = {
    '/Execute': execute,
    '/BatchExecute': batchExecute,
    '/BeginTransaction': begin,
    '/CommitTransaction': commit,
    '/RollbackTransaction': rollback,
  };

  const respond = async (request: IncomingMessage): Promise<object> => {
    const operation = request.method === 'POST' ? operations[request.url ?? ''] : undefined;
    if (isFromOtherSite(request))
      throw new ServiceError('AccessDeniedException', 'Only programs on this machine may call this');
    if (request.headers['content-type'] !== 'application/json')
      throw new ServiceError('UnsupportedMediaTypeException', 'The request must be application/json');
    const bytes = await readBytes(request, limits.requestBytes);
    if (!isSignedRequest(request, bytes, options.signer, 'rds-data', now()))
      throw new ServiceError('UnrecognizedClientException', "The request is not signed with this account's key");
    const body = parseCall(bytes);
    if (operation === undefined) throw new ServiceError('ValidationException', 'No such operation');
    calls.push((request.url ?? '').slice(1));
    if (failures !== undefined && failures.left-- > 0) throw failures.error;
    return operation(body);
  };

  const server = createServer((request, response) => {
    respond(request).then(
      (value) => send(response, 200, value),
      (error: unknown) => {
        const known = error instanceof ServiceError ? error : databaseError(error);
        response.setHeader('x-amzn-errortype', known.name);
        send(response, known.status, { message: known.message });
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, LOOPBACK, resolve);
  });
  return {
    url: `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`,
    get openTransactions() {
      return transactions.count;
    },
    calls,
    failNext: (name, left, message = 'made to fail') => {
      failures = { error: new ServiceError(name, message), left };
    },
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      transactions.dropAll();
      await Promise.all([closed, connections.end()]);
    },
  };
}

/** @throws ServiceError if the request is over the limit */
async function readBytes(request: IncomingMessage, mostBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = request.rawHeaders.reduce((sum, part) => sum + part.length + 2, 0);
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes <= mostBytes) chunks.push(chunk as Buffer);
  }
  if (bytes > mostBytes)
    throw new ServiceError('RequestEntityTooLargeException', `The request is larger than ${mostBytes} bytes`);
  return Buffer.concat(chunks);
}

/** @throws ServiceError if the body is not JSON */
function parseCall(body: Buffer): Call {
  try {
    return JSON.parse(body.toString('utf8')) as Call;
  } catch (error) {
    throw new ServiceError('ValidationException', 'The request is not JSON', error);
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
