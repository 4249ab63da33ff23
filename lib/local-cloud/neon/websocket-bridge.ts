import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream';
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws';

/**
 * Carries the Postgres protocol between WebSockets and one pooler: binary frames in both directions, one TCP connection
 * per WebSocket. `/v2` always connects to that pooler. `/v1?address=host:port` does so only if it names that pooler, so
 * nothing else can be reached through it.
 */
export class WebSocketBridge {
  readonly #pooler: { readonly host: string; readonly port: number };
  readonly #server = new WebSocketServer({ noServer: true, perMessageDeflate: false });

  constructor(pooler: { readonly host: string; readonly port: number }) {
    this.#pooler = pooler;
  }

  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (!this.#leadsToPooler(request.url ?? '')) {
      socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n');
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#join(webSocket));
  }

  stop(): void {
    for (const webSocket of this.#server.clients) webSocket.terminate();
    this.#server.close();
  }

  #leadsToPooler(target: string): boolean {
    const { pathname, searchParams } = new URL(target, 'ws://neon');
    if (pathname === '/v2') return true;
    return pathname === '/v1' && searchParams.get('address') === `${this.#pooler.host}:${this.#pooler.port}`;
  }

  #join(webSocket: WebSocket): void {
    const client = createWebSocketStream(webSocket);
    const server = connect({ ...this.#pooler, noDelay: true });
    // when either end closes, for any reason, the other is closed
    const endBoth = () => {
      webSocket.terminate();
      server.destroy();
    };
    pipeline(client, server, endBoth);
    pipeline(server, client, endBoth);
  }
}
