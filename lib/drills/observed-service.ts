import type { Running } from '../local/running-file.ts';
import type { AlarmView } from '../local-cloud/cloudwatch/alarms/alarm.ts';
import type { HeldFault } from '../local-cloud/faults.ts';
import type { OutboxMessage } from '../local-cloud/messaging/sns-message.ts';
import type { Patient } from './drill.ts';

/** What a drill looks at while its fault is there. */
export interface ObservedService {
  alarms(): Promise<readonly AlarmView[]>;
  /** Newest first. */
  messages(): Promise<readonly OutboxMessage[]>;
  /** The status that `GET /v1/health` gives, and its first sentence; that it cannot be had is an answer, too. */
  health(): Promise<string>;
}

/** Longer than the health function takes, whatever is down. */
const TIMEOUT_MS = 15_000;

/** A service that runs on this machine, over HTTP. */
export function observedService({ url }: Running): ObservedService {
  const get = async (path: string) => {
    const response = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return response.json();
  };
  return {
    alarms: () => get('/_local/alarms') as Promise<AlarmView[]>,
    messages: () => get('/_local/messages') as Promise<OutboxMessage[]>,
    health: async () => {
      try {
        const {
          status,
          alerts = [],
          title,
        } = (await get('/v1/health')) as {
          status?: unknown;
          alerts?: string[];
          title?: string;
        };
        return [String(title ?? status), ...alerts.slice(0, 1)].join(': ');
      } catch (error) {
        return `no answer (${(error as Error).message})`;
      }
    },
  };
}

/** @param seconds after which the service lifts a fault that nobody has lifted */
export const patientOf = ({ url, ownerUrl, appUrl, adminUrl }: Running, seconds: number): Patient => ({
  url,
  ownerUrl,
  appUrl,
  adminUrl,
  hold: async (fault: HeldFault) => {
    const faults = `${url}/_local/faults`;
    const response = await fetch(faults, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ fault, seconds }),
    });
    if (!response.ok) throw new Error(`the service does not inject ${fault}: ${await response.text()}`);
    return async () => {
      const lifted = await fetch(`${faults}/${fault}`, { method: 'DELETE' });
      if (!lifted.ok) throw new Error(`the service does not lift ${fault}: ${await lifted.text()}`);
    };
  },
});
