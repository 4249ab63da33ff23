import type { TcpProxy } from '../support/tcp-proxy.ts';
import { type Broken, type Disturbances, nothing } from './fault.ts';

/** From a few bytes to a few kilobytes per second. */
const TRICKLES = [20, 200, 2_000] as const;

/** What happens to connections of clients, of functions, and of functions to an endpoint over HTTP. */
export function breakConnections({ front, wire, endpoint, dataApi }: Broken): Disturbances {
  return {
    ...breakWire(front, 'clients’ connections'),
    ...breakWire(wire, 'connections'),
    'commits cut off': async () => {
      wire.cutBefore('commit');
      return async () => wire.heal();
    },
    ...(endpoint === undefined ? {} : breakWire(endpoint, 'calls')),
    ...(dataApi === undefined
      ? {}
      : {
          'the cluster pauses and resumes': async () => {
            dataApi.endpoint.failNext('DatabaseResumingException', Number.POSITIVE_INFINITY);
            return async () => dataApi.endpoint.failNext('DatabaseResumingException', 0);
          },
          'calls throttled': async () => {
            dataApi.endpoint.failNext('ThrottlingException', Number.POSITIVE_INFINITY);
            return async () => dataApi.endpoint.failNext('ThrottlingException', 0);
          },
        }),
  };
}

function breakWire(wire: TcpProxy, what: string): Disturbances {
  const heal = async () => {
    wire.cutAll();
    wire.heal();
  };
  return {
    [`${what} reset`]: async () => {
      wire.cutAll();
      return nothing;
    },
    [`${what} half open`]: async (random) => {
      wire.blackHole(random.pick([undefined, 'up', 'down'] as const));
      return heal;
    },
    [`${what} slow`]: async (random) => {
      wire.slow(random.pick(TRICKLES));
      return async () => wire.heal();
    },
    [`responses on ${what} lost`]: async (random) => {
      wire.hitAnswer(1 + random.below(6), random.pick(['cut', 'half-and-cut', 'drop'] as const), 'whole');
      return heal;
    },
  };
}
