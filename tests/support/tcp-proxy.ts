import { connect, createServer, type Socket } from 'node:net';
import { type Pace, SlowPipe } from './slow-pipe.ts';

/** Towards the database, or back from it. */
export type Direction = 'up' | 'down';

/**
 * What happens to bytes that arrive: they are forwarded, dropped, or the connection is cut with all, half or none of them
 * forwarded. A stream has no gaps: after dropped bytes, no further bytes arrive in that direction of the connection.
 */
export type Fate = 'forward' | 'drop' | 'cut' | 'half-and-cut' | 'forward-and-cut';

/** Decides what happens to bytes. `connection` counts from 0. */
export type Judge = (bytes: Buffer, direction: Direction, connection: number) => Fate;

/** The state of the proxy after a hit: it works again, loses every further response, or forwards nothing more. */
export type Afterwards = 'whole' | 'loses responses' | 'dead';

export interface TcpProxy {
  /** The same URL, through the proxy. */
  readonly url: string;
  /** How many connections were made so far. */
  readonly made: number;
  /** How many of them the client has not closed. */
  readonly open: number;
  /** Uses another judge from now on. */
  judge(by: Judge): void;
  /** Forwards everything again, except what follows dropped bytes. */
  heal(): void;
  /** Drops everything in both directions or in one, like a router that has lost its connection table. */
  blackHole(direction?: Direction): void;
  /** Limits the rate in each direction of each connection. */
  slow(bytesPerSecond: number): void;
  /** Cuts the connections after this many further bytes. */
  cutAfter(bytes: number, direction: Direction): void;
  /** Cuts the connection instead of forwarding the bytes that contain this text. */
  cutBefore(text: string): void;
  /** Forwards the text, and cuts the connection when its response arrives, before the client gets it. */
  loseResponseTo(text: string): void;
  /**
   * Applies `fate` to the n-th response from now on, counted from 1 over all connections.
   * @returns how many responses were hit
   */
  hitResponse(nth: number, fate: Fate, afterwards: Afterwards): { readonly hits: number };
  /** Resets every connection. */
  cutAll(): void;
  stop(): Promise<void>;
}

/** A TCP proxy between a driver and its database, which a test can break. */
export async function startTcpProxy(target: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(target);
  const pairs = new Set<{ client: Socket; server: Socket }>();
  const forward: Judge = () => 'forward';
  let current: Judge = forward;
  const pace: Pace = { bytesPerSecond: undefined };
  let made = 0;
  let open = 0;

  const listener = createServer((client) => {
    const connection = made++;
    open++;
    const server = connect(Number(port), hostname);
    const pair = { client, server };
    pairs.add(pair);
    const cut = () => {
      client.resetAndDestroy();
      server.resetAndDestroy();
    };
    const pipes = { up: new SlowPipe(server, pace), down: new SlowPipe(client, pace) };
    const silent = new Set<Direction>();
    const pass = (bytes: Buffer, direction: Direction) => {
      if (silent.has(direction)) return;
      const to = pipes[direction];
      const fate = current(bytes, direction, connection);
      if (fate === 'forward') to.write(bytes);
      else if (fate === 'forward-and-cut') to.write(bytes, cut);
      else if (fate === 'half-and-cut') to.write(bytes.subarray(0, bytes.length >> 1), cut);
      else if (fate === 'cut') cut();
      else silent.add(direction);
    };
    client.on('data', (bytes) => pass(bytes, 'up'));
    server.on('data', (bytes) => pass(bytes, 'down'));
    for (const socket of [client, server]) socket.on('error', () => undefined);
    client.once('close', () => {
      open--;
      pairs.delete(pair);
      server.destroy();
    });
    server.once('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String((listener.address() as { port: number }).port);

  const judge = (by: Judge) => {
    current = by;
  };
  return {
    url: url.href,
    get made() {
      return made;
    },
    get open() {
      return open;
    },
    judge,
    heal: () => {
      pace.bytesPerSecond = undefined;
      judge(forward);
    },
    slow: (bytesPerSecond) => {
      pace.bytesPerSecond = bytesPerSecond;
    },
    blackHole: (direction) =>
      judge((_, going) => (direction === undefined || going === direction ? 'drop' : 'forward')),
    cutAfter: (limit, direction) => {
      let left = limit;
      judge((bytes, going) => {
        if (going !== direction) return 'forward';
        left -= bytes.length;
        return left > 0 ? 'forward' : 'cut';
      });
    },
    cutBefore: (text) => judge((bytes, going) => (going === 'up' && bytes.includes(text) ? 'cut' : 'forward')),
    loseResponseTo: (text) => {
      let waiting: number | undefined;
      judge((bytes, going, connection) => {
        if (going === 'up' && bytes.includes(text)) waiting = connection;
        return going === 'down' && connection === waiting ? 'cut' : 'forward';
      });
    },
    hitResponse: (nth, fate, afterwards) => {
      const waiting = new Set<number>();
      const hit = { hits: 0 };
      let responses = 0;
      judge((_, going, connection) => {
        if (afterwards === 'dead' && hit.hits > 0) return 'cut';
        if (going === 'up') {
          waiting.add(connection);
          return 'forward';
        }
        // further bytes belong to the same response
        if (waiting.delete(connection)) responses++;
        if (responses < nth || (afterwards === 'whole' && hit.hits > 0)) return 'forward';
        hit.hits++;
        return fate;
      });
      return hit;
    },
    cutAll: () => {
      for (const { client, server } of pairs) {
        client.resetAndDestroy();
        server.resetAndDestroy();
      }
    },
    stop: () => {
      for (const { client } of pairs) client.destroy();
      return new Promise((resolve) => listener.close(() => resolve()));
    },
  };
}
