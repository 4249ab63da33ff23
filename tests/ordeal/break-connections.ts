import type { TcpProxy } from '../support/tcp-proxy.ts';
import { type FaultTargets, type Injections, nothing, type PlacedInjections } from './fault.ts';

/** Rates of a slow connection. Bytes per second. */
const SLOW_RATES = [20, 200, 2_000] as const;

/** Faults of connections: of clients, of functions to the pooler, and of functions to an HTTP endpoint. */
export function breakConnections({ front, wire, endpoint, dataApi }: FaultTargets): PlacedInjections {
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

function breakCluster({ endpoint }: NonNullable<FaultTargets['dataApi']>): Injections {
  const failWith = (name: Parameters<typeof endpoint.failNext>[0]) => async () => {
    endpoint.failNext(name, Number.POSITIVE_INFINITY);
    return async () => endpoint.failNext(name, 0);
  };
  return {
    'the cluster pauses and resumes': failWith('DatabaseResumingException'),
    'calls throttled': failWith('ThrottlingException'),
  };
}

function breakWire(wire: TcpProxy, what: string): Injections {
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
      wire.slow(random.pick(SLOW_RATES));
      return async () => wire.heal();
    },
    [`responses on ${what} lost`]: async (random) => {
      wire.hitResponse(1 + random.below(6), random.pick(['cut', 'half-and-cut', 'drop'] as const), 'whole');
      return heal;
    },
  };
}
