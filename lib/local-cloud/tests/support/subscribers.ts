import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';
import { ManualClock } from '../../machine/clock.ts';
import { LocalQueue } from '../../messaging/local-queue.ts';
import { Sns } from '../../messaging/sns.ts';

export const account = { account: '123456789012', region: 'eu-west-1' };
export const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:critical';
export const QUEUE = 'arn:aws:sqs:eu-west-1:123456789012:dead-letters';
export const servers: Server[] = [];

/** Called once, at the top of a test file: ends the subscribers of each test. */
export function endSubscribers(): void {
  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    }
  });
}

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A subscriber; what it gets and how it responds is the test's. */
export async function subscriber(respond: (received: Received, nth: number) => number | 'never', tls?: object) {
  const received: Received[] = [];
  const arrivals = new EventTarget();
  const listener: RequestListener = async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync(request)).toString();
    received.push({ headers: request.headers, body });
    arrivals.dispatchEvent(new Event('arrival'));
    const status = respond({ headers: request.headers, body }, received.length);
    if (status !== 'never') response.writeHead(status).end();
  };
  const server = tls ? createTlsServer(tls, listener) : createServer(listener);
  servers.push(server as Server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    received,
    endpoint: `${tls ? 'https' : 'http'}://127.0.0.1:${port}/hook?key=secret`,
    /** Resolves when it has been asked this often. */
    asked: async (times: number) => {
      while (received.length < times) await once(arrivals, 'arrival');
    },
  };
}

export function sns(endpoints: readonly string[], more: readonly object[] = []) {
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const printed: string[] = [];
  const subscriptions = endpoints.map((Endpoint, i) => ({
    logicalId: `Subscription${i}`,
    type: 'AWS::SNS::Subscription',
    properties: { TopicArn: TOPIC, Protocol: Endpoint.split(':')[0], Endpoint, ...more[i] },
  }));
  const topic = { logicalId: 'Critical', type: 'AWS::SNS::Topic', properties: { TopicName: 'critical' } };
  const print = (line: string) => void printed.push(line);
  const letters = new LocalQueue('dead-letters', QUEUE, { retentionSeconds: 60 });
  const queues = new Map([[QUEUE, letters]]);
  const resources = [topic, ...subscriptions];
  return { clock, printed, letters, sns: new Sns({ ...account, clock, print, queues, resources }) };
}

export const MESSAGE = { subject: 'ALARM: "x" in EU (Ireland)', message: '{"AlarmName":"x"}' };
