import { CANCEL_REQUEST, readParameters } from '@tick-store/local-cloud';
import { startTcpProxy } from './tcp-proxy.ts';

/** What a client sent to the pooler, message by message (PostgreSQL documentation, "Message Formats"). */
export type FrontendMessage =
  | { readonly kind: 'query'; readonly text: string }
  | { readonly kind: 'parse'; readonly name: string; readonly text: string }
  | { readonly kind: 'bind'; readonly portal: string; readonly statement: string }
  | { readonly kind: 'function-call' }
  | { readonly kind: 'other'; readonly type: string };

export interface RecordedConnection {
  /** Startup parameters by name; empty for a cancel request. */
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

/** A proxy between a client and its pooler that records what the client sends. It changes nothing, and has no TLS. */
export async function startWireRecorder(target: string): Promise<WireRecorder> {
  const connections: RecordedConnection[] = [];
  const readers = new Map<number, FrontendReader>();
  const proxy = await startTcpProxy(target);
  proxy.judge((bytes, direction, connection) => {
    if (direction === 'up') {
      const reader = readers.get(connection) ?? new FrontendReader((started) => connections.push(started));
      readers.set(connection, reader);
      reader.read(bytes);
    }
    return 'forward';
  });
  return { url: proxy.url, connections, stop: () => proxy.stop() };
}

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
    const startup = isCancelRequest ? {} : Object.fromEntries(readParameters(body.subarray(4)));
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
