import fc from 'fast-check';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { histories } from '../model/commands.ts';
import { runHistory } from '../model/run-history.ts';
import { startService, type TestService } from '../support/service.ts';

/**
 * Random histories against a model in memory that is written from the contract: batches, operations, replays and reads, some
 * of them at once. `npm run model -- --runs N --seed S --backend B` runs more of them.
 */

const isLong = process.env['MODEL_RUNS'] !== undefined;
const RUNS = Number(process.env['MODEL_RUNS'] ?? (inject('backend') === 'pg' ? 15 : 5));
const { MODEL_SEED, MODEL_PATH } = process.env;

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

test('the service does what the contract says in any history', { timeout: 60_000 + RUNS * 5_000 }, async () => {
  let [runs, steps, isBroken] = [0, 0, false];
  const property = fc.asyncProperty(histories, async (history) => {
    steps += await runHistory(service, history).catch((error: Error) => {
      // before it is made shorter, which takes a while
      if (isLong && !isBroken) process.stdout.write(`history ${runs}: ${error.message}\n`);
      isBroken = true;
      throw error;
    });
    runs++;
    if (isLong && runs % 100 === 0) process.stdout.write(`${runs} histories, ${steps} steps\n`);
  });
  await fc.assert(property, {
    numRuns: RUNS,
    // a history that differs is made shorter, for as long as someone waits
    interruptAfterTimeLimit: 40_000 + RUNS * 5_000,
    ...(MODEL_SEED === undefined ? {} : { seed: Number(MODEL_SEED) }),
    ...(MODEL_PATH === undefined ? {} : { path: MODEL_PATH }),
  });
  expect(steps).toBeGreaterThan(RUNS);
});
