import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { runHistories } from '../model/run-histories.ts';
import { startService, type TestService } from '../support/service.ts';

/**
 * Random histories against an in-memory model that is written from the contract: batches, operations, replays and reads, some of
 * them concurrent. `npm run model -- --runs N --seed S --backend B` runs more.
 */

const { MODEL_RUNS, MODEL_SEED, MODEL_FROM, MODEL_AT_ONCE, MODEL_SHRINK_MINUTES } = process.env;
const isLong = MODEL_RUNS !== undefined;
const RUNS = Number(MODEL_RUNS ?? (inject('backend') === 'pg' ? 15 : 5));
const SEED = Number(MODEL_SEED ?? Date.now() % 2 ** 31);
/** Time limit for shrinking a history that differs from the model. */
const SHRINK_MS = Number(MODEL_SHRINK_MINUTES ?? 0.5) * 60_000;

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

test('the service follows the contract in random histories', {
  timeout: 60_000 + SHRINK_MS + RUNS * 5_000,
}, async () => {
  const { histories, steps, found } = await runHistories(service, {
    ...{ runs: RUNS, seed: SEED, from: Number(MODEL_FROM ?? 0), shrinkMs: SHRINK_MS },
    ...(MODEL_AT_ONCE === undefined ? {} : { atOnce: Number(MODEL_AT_ONCE) }),
    ...(isLong ? { print: (line: string) => void process.stdout.write(`${line}\n`) } : {}),
  });
  const repeat =
    found && `npm run model -- --seed ${SEED} --from ${found.number} --runs 1 --backend ${inject('backend')}`;
  expect({ repeat, found }).toEqual({ repeat: undefined, found: undefined });
  expect(histories).toBe(RUNS);
  expect(steps).toBeGreaterThan(RUNS);
});
