import * as z from 'zod';
import { DATABASE_BACKENDS } from '../config/database-backend.ts';
import type { DrillTarget } from './drill.ts';

const STATES = ['OK', 'ALARM', 'INSUFFICIENT_DATA'] as const;

/** The fields of `/_local/alarms` that a drill reads. Times are ISO 8601. */
const alarm = z.object({
  name: z.string(),
  kind: z.enum(['metric', 'composite']),
  state: z.enum(STATES),
  since: z.string(),
  /** Newest first. */
  history: z.array(z.object({ at: z.string(), from: z.enum(STATES), to: z.enum(STATES) })).readonly(),
});
export type ObservedAlarm = z.output<typeof alarm>;

/** The fields of `/_local/messages` that a drill reads. */
const message = z.object({ publishedAt: z.string(), topic: z.string(), subject: z.string(), message: z.string() });
export type ObservedMessage = z.output<typeof message>;

const service = z.object({ service: z.string(), backend: z.enum(DATABASE_BACKENDS) });
const fault = z.object({ details: z.record(z.string(), z.unknown()).optional() });
const health = z.object({
  status: z.unknown(),
  title: z.string().optional(),
  alerts: z.array(z.string()).default([]),
});

/** What a drill observes while its fault is active. */
export interface ObservedService {
  alarms(): Promise<readonly ObservedAlarm[]>;
  /** Newest first. */
  messages(): Promise<readonly ObservedMessage[]>;
  /** The status of `GET /v1/health` with its first sentence, or that there was no response, which counts too. */
  health(): Promise<string>;
}

/** Longer than the health function takes, whatever is down. */
const TIMEOUT_MS = 15_000;

/** Finds out which service runs at an address. @throws Error if none does */
export async function findService(url: string): Promise<z.output<typeof service>> {
  try {
    return service.parse(await fetchJson(`${url}/_local/service`));
  } catch (cause) {
    throw new Error(`No Tick Store runs at ${url}: start it with npm start, or specify its address with --url`, {
      cause,
    });
  }
}

/** A service on this machine, observed over HTTP. */
export function observedService(url: string): ObservedService {
  return {
    alarms: async () => z.array(alarm).parse(await fetchJson(`${url}/_local/alarms`)),
    messages: async () => z.array(message).parse(await fetchJson(`${url}/_local/messages`)),
    health: async () => {
      try {
        const { status, title, alerts } = health.parse(await fetchJson(`${url}/v1/health`));
        return [String(title ?? status), ...alerts.slice(0, 1)].join(': ');
      } catch (error) {
        return `no response (${(error as Error).message})`;
      }
    },
  };
}

/** @param seconds after which the service lifts the fault by itself */
export function drillTarget(url: string, seconds: number): DrillTarget {
  const call: DrillTarget['call'] = async (method, path, body) => {
    const response = await fetch(`${url}${path}`, {
      method,
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} responded ${response.status}: ${text}`);
    return JSON.parse(text);
  };
  return {
    call,
    injectFault: async (name) => {
      const { details } = fault.parse(await call('POST', '/_local/faults', { fault: name, seconds }));
      return {
        ...(details === undefined ? {} : { details }),
        lift: async () => {
          await call('DELETE', `/_local/faults/${name}`);
        },
      };
    },
  };
}

async function fetchJson(url: string): Promise<unknown> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  return response.json();
}
