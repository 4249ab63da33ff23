import { expect, test } from 'vitest';
import { startOwnDatabase } from '../support/own-database.ts';
import { runSenderOrdeal, seeded } from '../support/run-sender-ordeal.ts';
import { startService } from '../support/service.ts';

/** Ten minutes at 5,000 ticks per second are `npm run bench -- sender`. `SEED` repeats a run. */
const SECONDS = Number(process.env['SENDER_SECONDS'] ?? 10);
const RATE = Number(process.env['SENDER_RATE'] ?? 500);
const timeout = SECONDS * 2000 + 100_000;

test('a sender with a spool stores every tick once, whatever is killed meanwhile', { timeout }, async () => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
  await using stack = new AsyncDisposableStack();
  const database = stack.adopt(await startOwnDatabase(), (one) => one.stop());
  const service = stack.adopt(await startService({ database, processes: true }), (one) => one.stop());
  const ordeal = { url: service.url, database, rate: RATE, seconds: SECONDS, random: seeded(seed) };
  const { handedOver, faults } = await runSenderOrdeal(ordeal);
  const rows = await service.sql<{ number: number }>('select price::float8 as number from tick_store.market_data');

  const what = `seed ${seed}: ${faults.join(', ')}`;
  const stored = rows.map(({ number }) => number);
  process.stdout.write(`${handedOver.size} ticks handed over, ${stored.length} stored; ${faults.length} faults\n`);
  expect(new Set(faults).size, what).toBe(4);
  expect(handedOver.size, what).toBeGreaterThan(1000);
  expect(stored.length - new Set(stored).size, `${what}: ticks stored twice`).toBe(0);
  expect([...handedOver.difference(new Set(stored))], `${what}: ticks lost`).toEqual([]);
  // a tick whose number the killed process could not write any more: at most one for each kill
  const kills = faults.filter((name) => name === 'sender').length + 1;
  expect(new Set(stored).difference(handedOver).size, what).toBeLessThanOrEqual(kills);
});
