import pg from 'pg';
import type { Sample } from '../../functions/contract/health.ts';
import type { TestService } from './service.ts';

/** A busy machine makes anybody wait: these tests are about other things. */
export const PATIENT = {
  acquireMs: { warning: 5000, critical: 10_000 },
  averageQueryMs: { warning: 5000, critical: 10_000 },
};
/** The same, as a function's environment has it. */
export const THRESHOLDS = JSON.stringify(PATIENT);

/** What the health probe returns. */
export interface Answer {
  readonly status: string;
  readonly alerts: string[];
}

/** Takes a sample. */
export async function probe(service: TestService, event: object = {}): Promise<Answer> {
  const result = await service.environments.invoke('probe-health', event);
  if (!result.ok) throw new Error(JSON.stringify(result));
  return result.payload as Answer;
}

/** Takes a sample. @returns it, as the service then shows it */
export async function takeSample(service: TestService): Promise<Sample> {
  await probe(service);
  return (await service.get('/v1/health')).body.sample;
}

/** Sends something on connections of its own while `during` runs. */
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
