import { connect, createServer, type Socket } from 'node:net';

/** The features that the pooler can refuse. */
export type Refused = 'copy' | 'pipelining';

export interface RefusingPooler {
  /** The same URL, through this pooler. */
  readonly url: string;
  /** What was refused so far, in order. */
  readonly refusals: readonly Refused[];
  stop(): Promise<void>;
}

/**
 * A pooler in front of the real one that refuses COPY, or statements that are sent before the response to the previous one. It
 * responds with SQLSTATE 0A000, as poolers do for what they do not support. It has no TLS.
 */
export async function startRefusingPooler(target: string, refused: readonly Refused[]): Promise<RefusingPooler> {
  const { hostname, port } = new URL(target);
  const refusals: Refused[] = [];
  const sockets = new Set<Socket>();
  const listener = createServer((client) => {
    const server = connect(Number(port), hostname);
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        server.destroy();
      });
    }
    new RefusedConnection(client, server, refused, refusals);
  });
  await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done));
  const { port: own } = listener.address() as { port: number };
  const url = new URL(target);
  url.host = `127.0.0.1:${own}`;
  return {
    url: url.href,
    refusals,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => listener.close(done));
    },
  };
}

/** Messages that end a group to which the server responds with ReadyForQuery. */
const ENDS_GROUP = new Set(['S', 'Q']);

class RefusedConnection {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #refused: readonly Refused[];
  readonly #refusals: Refused[];
  /** Messages of the group that is being sent. */
  #group: Buffer[] = [];
  /** The number of groups sent whose ReadyForQuery has not arrived. The responses to refused groups wait for them in `#owed`. */
  #outstanding = 0;
  readonly #owed: Buffer[] = [];
  #isLoggedIn = false;

  constructor(client: Socket, server: Socket, refused: readonly Refused[], refusals: Refused[]) {
    this.#client = client;
    this.#server = server;
    this.#refused = refused;
    this.#refusals = refusals;
    eachMessage(client, 'startup', (message) => this.#fromClient(message));
    eachMessage(server, 'typed', (message) => this.#fromServer(message));
  }

  #fromClient(message: Buffer): void {
    const type = String.fromCharCode(message[0] ?? 0);
    if (!this.#isLoggedIn || !'PBDESQCH'.includes(type)) {
      this.#server.write(message);
      return;
    }
    this.#group.push(message);
    if (!ENDS_GROUP.has(type)) return;
    const group = this.#group.splice(0);
    const fault = this.#faultOf(group);
    if (fault === undefined) {
      this.#outstanding++;
      this.#server.write(Buffer.concat(group));
      return;
    }
    this.#refusals.push(fault);
    const response = Buffer.concat([errorResponse(`this pooler does not support ${fault}`), READY_IN_TRANSACTION]);
    if (this.#outstanding === 0) this.#client.write(response);
    else this.#owed.push(response);
  }

  #faultOf(group: readonly Buffer[]): Refused | undefined {
    if (this.#refused.includes('copy') && /^Q[\s\S]{4}\s*copy /i.test(group[0]?.toString('latin1') ?? ''))
      return 'copy';
    return this.#refused.includes('pipelining') && this.#outstanding > 0 ? 'pipelining' : undefined;
  }

  #fromServer(message: Buffer): void {
    this.#client.write(message);
    if (message[0] !== 'Z'.charCodeAt(0)) return;
    if (!this.#isLoggedIn) {
      this.#isLoggedIn = true;
      return;
    }
    this.#outstanding--;
    if (this.#outstanding === 0) for (const response of this.#owed.splice(0)) this.#client.write(response);
  }
}

/** Splits a stream into the protocol's messages. A client's first message has no type. */
function eachMessage(socket: Socket, first: 'startup' | 'typed', handle: (message: Buffer) => void): void {
  let buffered = Buffer.alloc(0);
  let typed = first === 'typed';
  socket.on('data', (bytes) => {
    buffered = Buffer.concat([buffered, bytes as Buffer]);
    for (;;) {
      const head = typed ? 1 : 0;
      if (buffered.length < head + 4) return;
      const length = head + buffered.readInt32BE(head);
      if (buffered.length < length) return;
      const message = buffered.subarray(0, length);
      buffered = buffered.subarray(length);
      typed = true;
      handle(message);
    }
  });
}

function errorResponse(text: string): Buffer {
  const body = Buffer.from(`SERROR\0VERROR\0C0A000\0M${text}\0\0`);
  const head = Buffer.from('E....');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const READY_IN_TRANSACTION = Buffer.from([...Buffer.from('Z'), 0, 0, 0, 5, ...Buffer.from('T')]);
