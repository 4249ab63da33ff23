import { afterAll, beforeAll, expect, test } from 'vitest';
import { sampleLines } from '../support/metrics.ts';
import { withClient } from '../support/postgres.ts';
import { probe } from '../support/probe.ts';
import { newInstrument, store } from '../support/records.ts';
import type { TestService } from '../support/service.ts';
import { type StepwiseService, startStepwiseService } from '../support/stepwise-service.ts';
import { ticks } from '../support/ticks.ts';

let stepwise: StepwiseService;
let service: TestService;
beforeAll(async () => {
  stepwise = await startStepwiseService();
  service = stepwise.service;
});
afterAll(() => stepwise.stop());

/** What the probe reports: how long the oldest operation has made no step. */
async function stallSeconds(): Promise<unknown> {
  const seen = service.logs.length;
  await probe(service);
  const found = () => sampleLines(service.logs.slice(seen));
  await expect.poll(() => found().length, { timeout: 30_000 }).toBe(1);
  return found()[0]?.['OperationStallSeconds'];
}

test('the probe reports for how long the oldest operation has not advanced', async () => {
  expect(await stallSeconds()).toBe(0);
  const symbol = await newInstrument(service);
  await store(service, ticks(20, { symbol }, '2026-11-02T01:00:00Z'));
  const id = await stepwise.start(symbol);
  // the probe sees the operation for the first time
  expect(await stallSeconds()).toBe(0);
  await withClient(service.database.superuserUrl, (client) =>
    client.query(`update tick_store.health_samples
       set counters = jsonb_set(counters, '{operation,since}', to_jsonb(now() - interval '12 minutes'))
     where jsonb_typeof(counters -> 'operation') = 'object'`),
  );
  expect(await stallSeconds()).toBeGreaterThan(700);
  await stepwise.run(id);
  expect(await stallSeconds()).toBe(0);
});
