import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { PostgresDatabase } from '../../functions/database/drivers/postgres/postgres-database.ts';
import { driverDatabase, note, once, prepareDriverTests, statement, storedIds } from '../support/pg-driver-subject.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { type Refused, startRefusingPooler } from '../support/refusing-pooler.ts';
import { startService } from '../support/service.ts';

/** With a pooler that refuses what PgBouncer accepts, the work is still done, by plain statements. */

prepareDriverTests();

async function refusing(refused: readonly Refused[], features: { pipelining?: 'off'; copy?: 'off' } = {}) {
  const pooler = await startRefusingPooler(driverDatabase().appUrl, refused);
  const learnt: string[] = [];
  const database = new PostgresDatabase({
    url: pooler.url,
    applicationName: 'refused',
    ...{ acquireTimeoutMs: 2_000, queryTimeoutMs: 5_000, recycleSeconds: 3600 },
    onIdleError: () => undefined,
    onRefused: (feature) => void learnt.push(feature),
    ...features,
  });
  onTestFinished(async () => {
    await database.close();
    await pooler.stop();
  });
  return { database, pooler, learnt };
}

describe('a pooler that refuses pipelining', () => {
  test('gets a transaction one statement at a time, from the first refusal on', async () => {
    const { database, pooler, learnt } = await refusing(['pipelining']);
    await database.transaction([note(1), note(2)], once());
    expect([await storedIds(), learnt]).toEqual([[1, 2], ['pipelining']]);
    const refused = pooler.refusals.length;
    expect(refused).toBeGreaterThan(0);
    await database.transaction([note(3)], once());
    expect(await database.run(statement('select 1::int4 as one'), once())).toEqual([{ one: 1 }]);
    expect([await storedIds(), learnt, pooler.refusals.length]).toEqual([[1, 2, 3], ['pipelining'], refused]);
  });

  test('gets a single statement too', async () => {
    const { database, learnt } = await refusing(['pipelining']);
    expect(await database.run(statement('select 1::int4 as one'), once())).toEqual([{ one: 1 }]);
    expect(learnt).toEqual(['pipelining']);
  });

  test('refuses nothing if pipelining is off', async () => {
    const { database, pooler } = await refusing(['pipelining'], { pipelining: 'off' });
    await database.transaction([note(1), note(2)], once());
    expect([await storedIds(), pooler.refusals]).toEqual([[1, 2], []]);
  });

  test('still rolls back a transaction in which a statement fails', async () => {
    const { database } = await refusing(['pipelining']);
    await expect(database.transaction([note(1), note(1)], once())).rejects.toMatchObject({ kind: 'constraint' });
    expect(await storedIds()).toEqual([]);
  });
});

describe('a pooler that refuses COPY', () => {
  // more rows than one statement takes
  const prices = Array.from({ length: 1_001 }, (_, price) => price);
  const batch = { records: prices.map((price) => ({ timestamp: '2026-01-05T10:00:00Z', symbol: 'ES', price })) };

  test.each([[['copy']], [['copy', 'pipelining']]] as [Refused[]][])(
    'stores batches with %j, and the log records the refusal once',
    async (refused) => {
      const database = await createTestDatabase(inject('postgres'));
      const pooler = await startRefusingPooler(database.appUrl, refused);
      const service = await startService({ database, backend: 'pg', databaseUrl: () => pooler.url, concurrency: 1 });
      onTestFinished(async () => {
        await service.stop();
        await pooler.stop();
        await database.drop();
      });
      for (const _ of [1, 2]) {
        const { status, body } = await service.post('/v1/market-data', batch);
        expect([status, body.inserted]).toEqual([200, 1_001]);
      }
      expect(pooler.refusals.filter((what) => what === 'copy')).toHaveLength(1);
      const warnings = service.logs.filter((line) => line.includes('the pooler refuses copy'));
      expect(warnings).toHaveLength(1);
      const smoke = await service.environments.invoke('smoke-run', {});
      expect(smoke).toMatchObject({ ok: true, payload: { ways: ['arrays'] } });
    },
  );
});
