import { connect, createServer, type Socket } from 'node:net';
import { type Pace, SlowPipe } from './slow-pipe.ts';

/** Towards the database, or back from it. */
export type Direction = 'up' | 'down';

/**
 * What becomes of bytes that pass: sent on, swallowed, or the end of their connection, with all, half or none of them forwarded.
 * A stream has no gaps: where bytes were swallowed, none that follow in that direction of the connection arrive either.
 */
export type Fate = 'forward' | 'drop' | 'cut' | 'half-and-cut' | 'forward-and-cut';

/** Decides about bytes that pass. `connection` counts from 0. */
export type Judge = (bytes: Buffer, direction: Direction, connection: number) => Fate;

export type Afterwards = 'whole' | 'loses answers' | 'dead';

export interface TcpProxy {
  /** The same URL, through the proxy. */
  readonly url: string;
  /** Connections made so far, and those of them that the client has not ended. */
  readonly made: number;
  readonly open: number;
  /** From now on. */
  judge(by: Judge): void;
  /** Forwards everything again, but for what comes after swallowed bytes. */
  heal(): void;
  /** Swallows everything, in both directions or one, as a router that has forgotten us does. */
  blackHole(direction?: Direction): void;
  /** Lets bytes trickle: so many per second, in each direction of each connection. */
  slow(bytesPerSecond: number): void;
  /** Ends the connections after so many more bytes. */
  cutAfter(bytes: number, direction: Direction): void;
  /** Ends the connection instead of sending on the bytes that contain this text. */
  cutBefore(text: string): void;
  /** Lets the text through, and ends the connection when its response comes, unseen by the client. */
  loseAnswerTo(text: string): void;
  /**
   * Does that to the n-th response from now on, counted from 1 over all connections; returns how many were hit. The wire is then
   * whole again, or loses every further response, or is dead: nothing more gets to the database either.
   */
  hitAnswer(nth: number, fate: Fate, afterwards: Afterwards): { readonly hits: number };
  /** Resets every connection. */
  cutAll(): void;
  stop(): Promise<void>;
}

/** A wire between a driver and its database that a test can break. */
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
    loseAnswerTo: (text) => {
      let waiting: number | undefined;
      judge((bytes, going, connection) => {
        if (going === 'up' && bytes.includes(text)) waiting = connection;
        return going === 'down' && connection === waiting ? 'cut' : 'forward';
      });
    },
    hitAnswer: (nth, fate, afterwards) => {
      const asking = new Set<number>();
      const hit = { hits: 0 };
      let answers = 0;
      judge((_, going, connection) => {
        if (afterwards === 'dead' && hit.hits > 0) return 'cut';
        if (going === 'up') {
          asking.add(connection);
          return 'forward';
        }
        // what follows the first bytes of a response is part of it
        if (asking.delete(connection)) answers++;
        if (answers < nth || (afterwards === 'whole' && hit.hits > 0)) return 'forward';
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
