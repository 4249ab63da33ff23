import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tickFields } from '../../functions/contract/market-data.ts';
import { formatTimestamp } from '../../functions/contract/time.ts';
import { type BodyFormat, bodyOf, MEDIA_TYPES, send } from '../support/bodies.ts';
import { startService, type TestService } from '../support/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const SYMBOLS = ['ES', 'NQ', 'GBPUSD'];
const price = fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }));
const size = fc.option(fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }));
/** Few months, so that the test does not spend its time creating partitions. */
const micros = fc
  .tuple(fc.constantFrom('2012-01-31', '2012-02-01', '2026-11-02', '1970-01-01'), fc.nat({ max: 86_400_000_000 - 1 }))
  .map(([day, inDay]) => Date.parse(day) * 1000 + inDay);
const anyRecord = fc.record({
  timestamp: micros.map(formatTimestamp),
  symbol: fc.constantFrom(...SYMBOLS),
  price,
  volume: size,
  bid: price,
  ask: price,
  bidSize: size,
  askSize: size,
  openPrice: price,
  highPrice: price,
  lowPrice: fc.constant(null),
  sequence: fc.option(fc.maxSafeInteger(), { freq: 2 }),
});

/** A record needs at least one value besides its sequence. */
const record = anyRecord.filter(({ timestamp, symbol, sequence, ...values }) =>
  Object.values(values).some((value) => value !== null),
);

const COLUMNS = tickFields.map(({ name, column }) => `'${name}', m.${column}`).join();
const SELECT = `
  select (m.id - $1)::int as index, i.symbol, to_char(m."timestamp" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "timestamp",
         json_build_object(${COLUMNS})::text as fields
    from tick_store.market_data m join tick_store.instruments i on i.id = m.instrument_id
   where m.id >= $1 and m.id < $1 + 65536 order by m.id`;

test('random ticks, in any format and compression, are stored as they were sent', async () => {
  const formats = fc.constantFrom(...(Object.keys(MEDIA_TYPES) as BodyFormat[]));
  await fc.assert(
    fc.asyncProperty(
      fc.array(record, { minLength: 1, maxLength: 30 }),
      formats,
      fc.boolean(),
      fc.constantFrom(1, 4, 1000),
      async (records, format, gzip, batchSize) => {
        const reply = await send(service, bodyOf(format, records), format, { gzip, query: { batchSize } });
        expect([reply.status, reply.body.received]).toEqual([200, records.length]);
        const rows = await service.sql<{ index: number; fields: string }>(SELECT, [reply.body.firstId]);
        expect(rows).toHaveLength(reply.body.inserted);
        // random sequences collide only by chance, and shrinking makes them collide
        expect(reply.body.inserted + reply.body.duplicates + reply.body.conflicts).toBe(records.length);
        for (const { index, fields, ...row } of rows) {
          const sent = JSON.parse(JSON.stringify(records[index]));
          const { timestamp, symbol, ...values } = sent;
          expect(row).toEqual({ timestamp, symbol });
          expect(JSON.parse(fields)).toEqual(values);
        }
      },
    ),
    { numRuns: 50 },
  );
});
