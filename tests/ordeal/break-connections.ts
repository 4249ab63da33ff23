import type { TcpProxy } from '../support/tcp-proxy.ts';
import { type Broken, type Disturbances, nothing, type PlacedDisturbances } from './fault.ts';

/** From a few bytes to a few kilobytes per second. */
const TRICKLES = [20, 200, 2_000] as const;

/** What happens to connections of clients, of functions, and of functions to an endpoint over HTTP. */
export function breakConnections({ front, wire, endpoint, dataApi }: Broken): PlacedDisturbances {
  return {
    front: breakWire(front, 'clients’ connections'),
    wire: {
      ...breakWire(wire, 'connections'),
      'commits cut off': async () => {
        wire.cutBefore('commit');
        return async () => wire.heal();
      },
    },
    ...(endpoint === undefined ? {} : { endpoint: breakWire(endpoint, 'calls') }),
    ...(dataApi === undefined ? {} : { cluster: breakCluster(dataApi) }),
  };
}

function breakCluster({ endpoint }: NonNullable<Broken['dataApi']>): Disturbances {
  const failWith = (name: Parameters<typeof endpoint.failNext>[0]) => async () => {
    endpoint.failNext(name, Number.POSITIVE_INFINITY);
    return async () => endpoint.failNext(name, 0);
  };
  return {
    'the cluster pauses and resumes': failWith('DatabaseResumingException'),
    'calls throttled': failWith('ThrottlingException'),
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
