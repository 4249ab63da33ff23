import pg from 'pg';
import type { Sample } from '../../functions/contract/health.ts';
import type { TestService } from './service.ts';

/** Thresholds that waits on a busy machine do not exceed, for tests about other things. */
export const PATIENT = {
  acquireMs: { warning: 5000, critical: 10_000 },
  averageQueryMs: { warning: 5000, critical: 10_000 },
};
/** The same, as a variable of a function's environment. */
export const THRESHOLDS = JSON.stringify(PATIENT);

/** The result of the health probe. */
export interface ProbeResult {
  readonly status: string;
  readonly alerts: string[];
}

/** Takes a sample. */
export async function probe(service: TestService, event: object = {}): Promise<ProbeResult> {
  const result = await service.environments.invoke('probe-health', event);
  if (!result.ok) throw new Error(JSON.stringify(result));
  return result.payload as ProbeResult;
}

/** Takes a sample. @returns the sample as the service shows it */
export async function takeSample(service: TestService): Promise<Sample> {
  await probe(service);
  return (await service.get('/v1/health')).body.sample;
}

/** Runs a statement on several separate connections, and keeps them open while `during` runs. */
export async function holding<T>(url: string, sql: string, times: number, during: () => Promise<T>): Promise<T> {
  const clients = Array.from({ length: times }, () => new pg.Client({ connectionString: url }));
  for (const client of clients) client.on('error', () => undefined);
  try {
    for (const client of clients) {
      await client.connect();
      await client.query(sql);
    }
    return await during();
  } finally {
    for (const client of clients) await client.end();
  }
}
