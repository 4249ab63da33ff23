import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Parameter, Statement } from '../../functions/database/database.ts';
import { finishBatch, takeBatchKey } from '../../functions/ledger/sql/stream-batch.ts';
import { waiting } from '../support/locks.ts';
import { withClient } from '../support/postgres.ts';
import { newInstrument } from '../support/records.ts';
import { startService, type TestService } from '../support/service.ts';

/**
 * A streamed batch, which is sent to the database while it is read, writes its ledger row last. Until then a deletion of its
 * instrument does not wait for it. One of the two must fail, whichever comes first.
 */

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const toWire = (value: Parameter) =>
  typeof value === 'object' && value !== null && 'element' in value ? [...(value.values as Int32Array)] : value;
const run = (client: pg.Client, { text, values }: Statement) => client.query(text, values.map(toWire));

/** Begins a batch of one row: its key and its row are written, and its ledger row is still to come. */
async function beginBatch(client: pg.Client, instrument: number) {
  const request = {
    ...{ actor: 'a', keyScope: 'a', idempotencyKey: randomUUID(), payloadHash: new Uint8Array() },
    invocationId: randomUUID(),
  };
  await client.query('begin');
  const [taken] = (await run(client, takeBatchKey(request))).rows;
  await client.query(
    `insert into tick_store.market_data (id, "timestamp", instrument_id) values ($1::int8 * 65536, '2026-11-02', $2)`,
    [taken.block, instrument],
  );
  const finish = () =>
    run(
      client,
      finishBatch(taken.block, {
        ...request,
        ...{ target: 'market_data', received: 1, accepted: 1, rejected: 0, barLength: 0, receipt: '' },
        ...{ minTime: '2026-11-02T00:00:00Z', maxTime: '2026-11-02T00:00:00Z' },
        touched: { instruments: Int32Array.of(instrument), days: Int32Array.of(20_000) },
      }),
    );
  return { finish, key: request.idempotencyKey };
}

async function newInstrumentId(): Promise<number> {
  const symbol = await newInstrument(service);
  const [row] = await service.sql<{ id: number }>('select id from tick_store.instruments where symbol = $1', [symbol]);
  return Number(row?.id);
}

/** Counts what is left: rows of a batch, its key and its instrument. */
const left = async (instrument: number, key: string) =>
  (
    await service.sql<{ ticks: number; keys: number; instruments: number }>(
      `select (select count(*) from tick_store.market_data where instrument_id = $1)::int as ticks,
              (select count(*) from tick_store.idempotency_keys where key = $2)::int as keys,
              (select count(*) from tick_store.instruments where id = $1)::int as instruments`,
      [instrument, key],
    )
  )[0];

const DELETE = 'delete from tick_store.instruments where id = $1';

test('a deletion of its instrument before the batch has its ledger row succeeds, and the batch is rolled back', async () => {
  const instrument = await newInstrumentId();
  const key = await withClient(service.database.ownerUrl, async (ingest) => {
    const batch = await beginBatch(ingest, instrument);
    await withClient(service.database.ownerUrl, async (deletion) => {
      await deletion.query('begin');
      await deletion.query(DELETE, [instrument]);
      const finishing = batch.finish();
      finishing.catch(() => undefined);
      await waiting(service, 1);
      await deletion.query('commit');
      await expect(finishing).rejects.toMatchObject({ code: 'TS001' });
    });
    await ingest.query('rollback');
    return batch.key;
  });
  expect(await left(instrument, key)).toEqual({ ticks: 0, keys: 0, instruments: 0 });
});

test('a deletion after the ledger row waits for the batch, and is then refused', async () => {
  const instrument = await newInstrumentId();
  const key = await withClient(service.database.ownerUrl, async (ingest) => {
    const batch = await beginBatch(ingest, instrument);
    await batch.finish();
    const deleting = service.sql(DELETE, [instrument]);
    deleting.catch(() => undefined);
    await waiting(service, 1);
    await ingest.query('commit');
    await expect(deleting).rejects.toMatchObject({ code: '23503' });
    return batch.key;
  });
  expect(await left(instrument, key)).toEqual({ ticks: 1, keys: 1, instruments: 1 });
});
