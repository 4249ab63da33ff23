import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { maintain, newMonth } from '../support/archive.ts';
import { withClient } from '../support/postgres.ts';
import { newInstrument, store } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';
import { tick } from '../support/ticks.ts';

/** Nobody can delete archived data, neither the owner nor the application. */

let service: TestService;
beforeAll(async () => {
  service = await startService({ environment: { KEEP_TICK_MONTHS: '24' } });
});
afterAll(() => service.stop());

const asOwner = async (text: string) => {
  const client = new pg.Client({ connectionString: service.database.ownerUrl });
  await client.connect();
  try {
    return await client.query(text).then(
      () => undefined,
      (error: pg.DatabaseError) => error.code,
    );
  } finally {
    await client.end();
  }
};
const asApplication = (text: string) =>
  withClient(service.database.appUrl, (client) =>
    client.query(text).then(
      () => undefined,
      (error: pg.DatabaseError) => error.code,
    ),
  );

test('the owner can neither delete nor truncate the archive, nor remove an instrument with ticks only there', async () => {
  const symbol = await newInstrument(service);
  const { timestamp, partition } = newMonth();
  await store(service, [tick({ symbol, timestamp })]);
  await maintain(service);
  expect(await asOwner(`delete from tick_store_archive.${partition}`)).toBe('23001');
  expect(await asOwner(`truncate tick_store_archive.${partition}`)).toBe('23001');
  expect(await asOwner(`delete from tick_store.instruments where symbol = '${symbol}'`)).toBe('23503');
});

test('the application can read nothing in the archive, and archive nothing of the last year', async () => {
  const { timestamp, partition: name } = newMonth();
  await store(service, [tick({ timestamp })]);
  await maintain(service);
  expect(await asApplication(`select from tick_store_archive.${name}`)).toBe('42501');
  expect(await asApplication(`drop table tick_store_archive.${name}`)).toBe('42501');
  for (const call of [`'market_data', 11`, `'market_data', null`, `'market_data', 0`, `'operations', 24`, `null, 24`])
    expect(await asApplication(`select tick_store.archive_oldest(${call})`), call).toBe('22023');
});
