import { connect, createServer, type Socket } from 'node:net';

/** What a client sent to the pooler, message by message (PostgreSQL documentation, "Message Formats"). */
export type FrontendMessage =
  | { readonly kind: 'query'; readonly text: string }
  | { readonly kind: 'parse'; readonly name: string; readonly text: string }
  | { readonly kind: 'bind'; readonly portal: string; readonly statement: string }
  | { readonly kind: 'function-call' }
  | { readonly kind: 'other'; readonly type: string };

export interface RecordedConnection {
  /** Name to value; empty for a request to cancel. */
  readonly startup: Readonly<Record<string, string>>;
  readonly isCancelRequest: boolean;
  readonly messages: readonly FrontendMessage[];
}

export interface WireRecorder {
  /** The same URL, through the recorder. */
  readonly url: string;
  readonly connections: readonly RecordedConnection[];
  stop(): Promise<void>;
}

/** A wire between a client and its pooler that writes down what the client says. It changes nothing; no TLS. */
export async function startWireRecorder(target: string): Promise<WireRecorder> {
  const { hostname, port } = new URL(target);
  const connections: RecordedConnection[] = [];
  const clients = new Set<Socket>();
  const listener = createServer((client) => {
    clients.add(client);
    const pooler = connect(Number(port), hostname);
    const reader = new FrontendReader((connection) => connections.push(connection));
    client.on('data', (bytes) => {
      reader.read(bytes);
      pooler.write(bytes);
    });
    pooler.on('data', (bytes) => client.write(bytes));
    for (const socket of [client, pooler]) socket.on('error', () => undefined);
    client.once('close', () => {
      clients.delete(client);
      pooler.destroy();
    });
    pooler.once('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String((listener.address() as { port: number }).port);
  return {
    url: url.href,
    connections,
    stop: () => {
      for (const client of clients) client.destroy();
      return new Promise((resolve) => listener.close(() => resolve()));
    },
  };
}

const CANCEL_REQUEST = 80_877_102;

class FrontendReader {
  readonly #onConnection: (connection: RecordedConnection) => void;
  readonly #messages: FrontendMessage[] = [];
  #unread = Buffer.alloc(0);
  #started = false;

  constructor(onConnection: (connection: RecordedConnection) => void) {
    this.#onConnection = onConnection;
  }

  read(bytes: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, bytes]);
    for (;;) {
      // before the startup message no message has a type
      const head = this.#started ? 1 : 0;
      if (this.#unread.length < head + 4) return;
      const end = head + this.#unread.readInt32BE(head);
      if (this.#unread.length < end) return;
      const body = this.#unread.subarray(head + 4, end);
      if (this.#started) this.#messages.push(messageOf(String.fromCharCode(this.#unread[0] as number), body));
      else this.#start(body);
      this.#unread = this.#unread.subarray(end);
    }
  }

  #start(body: Buffer): void {
    this.#started = true;
    const isCancelRequest = body.readInt32BE(0) === CANCEL_REQUEST;
    const words = isCancelRequest ? [] : body.subarray(4).toString().split('\0');
    const startup: Record<string, string> = {};
    for (let at = 0; words[at]; at += 2) startup[words[at] as string] = words[at + 1] ?? '';
    this.#onConnection({ startup, isCancelRequest, messages: this.#messages });
  }
}

function messageOf(type: string, body: Buffer): FrontendMessage {
  const [first = '', second = ''] = ['Q', 'P', 'B'].includes(type) ? body.toString().split('\0', 2) : [];
  if (type === 'Q') return { kind: 'query', text: first };
  if (type === 'P') return { kind: 'parse', name: first, text: second };
  if (type === 'B') return { kind: 'bind', portal: first, statement: second };
  if (type === 'F') return { kind: 'function-call' };
  return { kind: 'other', type };
}
