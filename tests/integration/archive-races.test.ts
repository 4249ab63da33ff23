import { afterAll, beforeAll, expect, test } from 'vitest';
import { newInstrument } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';
import { tick } from '../support/ticks.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService({ concurrency: 6, environment: { KEEP_TICK_MONTHS: '24' } });
});
afterAll(() => service.stop());

const MONTHS = ['1971-01', '1971-02', '1971-03'];
const FEEDS = 4;
const ROUNDS = 12;
const ROUNDS_A_NIGHT = 4;

test('two feeds of one back-fill, readers and archiving at once lose no tick and count none twice', async () => {
  const symbol = await newInstrument(service);
  let inserted = 0;
  let duplicates = 0;
  let running = true;
  const archived: string[] = [];

  /** Sends each tick until it is stored, as a client does. */
  const send = async (records: object[]) => {
    for (;;) {
      const { status, body } = await service.post('/v1/market-data', { records });
      if (status === 503) continue;
      expect([status, body.received]).toEqual([200, records.length]);
      inserted += body.inserted;
      duplicates += body.duplicates;
      return;
    }
  };
  const archive = async () => {
    const result = await service.environments.invoke('maintain-partitions', {});
    if (!result.ok) throw new Error(JSON.stringify(result));
    archived.push(...(result.payload as { archived: string[] }).archived);
  };
  const feed = async (_: unknown, nth: number) => {
    for (let round = 0; round < ROUNDS; round++) {
      await send(MONTHS.map((month) => tick({ symbol, timestamp: `${month}-15T12:00:00Z`, sequence: round })));
      // one of the senders also runs the nightly archiving every few rounds, while the others continue
      if (nth === 0 && round % ROUNDS_A_NIGHT === 0) await archive();
    }
  };
  const read = async () => {
    while (running) expect((await service.get('/v1/market-data', { query: { symbol } })).status).toBe(200);
  };

  const reading = read();
  await Promise.all(Array.from({ length: FEEDS }, feed));
  running = false;
  await reading;

  expect(archived.length).toBeGreaterThan(0);
  const unique = ROUNDS * MONTHS.length;
  expect([inserted, duplicates]).toEqual([unique, unique * (FEEDS - 1)]);
  for (const month of MONTHS)
    await service.sql(`select tick_store.ensure_partitions('market_data', array[$1::timestamptz])`, [`${month}-15`]);
  const [stored] = await service.sql(
    `select count(*)::int as rows, count(distinct (timestamp, sequence))::int as ticks from tick_store.market_data`,
  );
  expect(stored).toEqual({ rows: unique, ticks: unique });
  expect(await service.sql('select deadlocks::int from pg_stat_database where datname = current_database()')).toEqual([
    { deadlocks: 0 },
  ]);
}, 60_000);
