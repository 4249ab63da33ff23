import { Agent, type IncomingMessage, request } from 'node:http';
import { gunzipSync } from 'node:zlib';

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into responses without restating their types
  readonly body: any;
}

export interface RequestOptions {
  readonly query?: Record<string, string | number | boolean>;
  readonly headers?: Record<string, string>;
}

/** Sends requests to one service, on connections that it keeps open. */
export interface HttpClient {
  /** A body that is not text or bytes is sent as JSON. Rejects when the connection ends before the response does. */
  send(method: string, path: string, body: unknown, options?: RequestOptions): Promise<Reply>;
  /** Ends the connections. */
  close(): void;
}

/** The headers that `fetch` sends too. `response-formats.test.ts` tests a client that sends none. */
const ACCEPTED = { accept: '*/*', 'accept-encoding': 'gzip' };

/** A client with `node:http`, because `fetch` takes 0.3 ms more processor time per request. */
export function connectClient(url: string): HttpClient {
  const agent = new Agent({ keepAlive: true });
  return {
    send: async (method, path, body, { query = {}, headers } = {}) => {
      const target = new URL(path, url);
      for (const [name, value] of Object.entries(query)) target.searchParams.set(name, String(value));
      const typed = body === undefined ? {} : { 'content-type': 'application/json' };
      const sent = request(target, { method, agent, headers: { ...ACCEPTED, ...typed, ...headers } });
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        sent.on('response', resolve).on('error', reject);
        sent.end(isRaw(body) ? body : JSON.stringify(body));
      });
      return readReply(response);
    },
    close: () => agent.destroy(),
  };
}

const isRaw = (body: unknown): body is string | Uint8Array | undefined =>
  body === undefined || typeof body === 'string' || body instanceof Uint8Array;

async function readReply(response: IncomingMessage): Promise<Reply> {
  const received = Buffer.concat(await Array.fromAsync(response));
  const isPacked = response.headers['content-encoding'] === 'gzip' && received.length > 0;
  const text = (isPacked ? gunzipSync(received) : received).toString();
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(response.headersDistinct))
    for (const value of values) headers.append(name, value);
  const isJson = headers.get('content-type')?.includes('json') ?? false;
  return {
    status: response.statusCode ?? 0,
    headers,
    text,
    body: isJson && text !== '' ? JSON.parse(text) : undefined,
  };
}
