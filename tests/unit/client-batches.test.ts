import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CutBatch, cutBatches, PacketError } from '../../lib/client/requests/cut-batches.ts';
import { encodeRecord, InvalidRecord, utf8Length } from '../../lib/client/requests/encode-record.ts';

const cut = async (records: Iterable<object>, limits = {}): Promise<CutBatch[]> =>
  Array.fromAsync(cutBatches(records as Iterable<Record<string, unknown>>, limits));
const linesOf = (batches: readonly CutBatch[]) => batches.flatMap(({ body }) => body.trimEnd().split('\n'));

describe('splitting records into batches', () => {
  test('keeps every record, in order, within the limits of rows and bytes', async () => {
    const record = fc.record({
      timestamp: fc.integer({ min: 0, max: 9 }),
      price: fc.double({ noNaN: true, noDefaultInfinity: true }),
      symbol: fc.string(),
    });
    const limits = fc.record({ rows: fc.integer({ min: 1, max: 7 }), bytes: fc.integer({ min: 100, max: 400 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(record, { maxLength: 40 }), limits, async (records, { rows, bytes }) => {
        const batches = await cut(records, { rows, bytes });
        expect(linesOf(batches)).toEqual(records.map((one) => JSON.stringify(one)));
        let next = 0;
        for (const batch of batches) {
          expect(batch.firstIndex).toBe(next);
          next += batch.rows;
          expect(batch.rows).toBeLessThanOrEqual(rows);
          if (batch.rows > 1) expect(Buffer.byteLength(batch.body)).toBeLessThanOrEqual(bytes);
        }
      }),
    );
  });

  test('makes no batch of no records', async () => {
    expect(await cut([])).toEqual([]);
  });

  test('counts bytes as UTF-8 does', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => utf8Length(text) === Buffer.byteLength(text)));
  });

  test.each([
    [{ price: Number.NaN }, 'price is NaN'],
    [{ volume: Number.POSITIVE_INFINITY }, 'volume is Infinity'],
    [{ sequence: 1n }, 'sequence is a bigint'],
  ])('refuses %o, which JSON would change or cannot hold', (record, message) => {
    expect(() => encodeRecord(record)).toThrow(InvalidRecord);
    expect(() => encodeRecord(record)).toThrow(message);
  });
});

describe('packets', () => {
  const at = (timestamp: unknown, price = 1) => ({ timestamp, symbol: 'ES', sequence: 1, price });

  test('are never split over batches, whatever the limit of rows', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(sizes, fc.integer({ min: 1, max: 5 }), async (packets, rows) => {
        const records = packets.flatMap((size, time) =>
          Array.from({ length: size }, () => at(1_700_000_000_000 + time)),
        );
        const batches = await cut(records, { rows, packets: true });
        const times = batches.map((batch) => new Set(linesOf([batch]).map((line) => JSON.parse(line).timestamp)));
        expect(times.flatMap((set) => [...set])).toHaveLength(packets.length);
        expect(linesOf(batches)).toHaveLength(records.length);
      }),
    );
  });

  test('of several instruments at one time stay together', async () => {
    const records = [
      at('2026-01-02T00:00:00Z'),
      { ...at('2026-01-02T00:00:00Z'), symbol: 'NQ' },
      at('2026-01-02T00:00:00Z'),
    ];
    expect(await cut(records, { rows: 1, packets: true })).toHaveLength(1);
  });

  test.each([
    ['forwards', ['2026-01-02T00:00:00.000001Z', '2026-01-02T00:00:00.000002Z', '2026-01-02T00:00:00.000003Z']],
    ['backwards', [3, 2, 1]],
  ])('in order of time, %s, are split', async (_order, times) => {
    expect(
      await cut(
        times.map((time) => at(time)),
        { rows: 1, packets: true },
      ),
    ).toHaveLength(3);
  });

  test.each([
    [[1, 2, 1]],
    [[1, 3, 5, 3]],
    [['2026-01-02T00:00:01.000001Z', '2026-01-02T00:00:02Z', '2026-01-02T00:00:01.000001Z']],
  ])('whose time occurs again after its batch has ended are refused: %o', async (times) => {
    await expect(
      cut(
        times.map((time) => at(time)),
        { rows: 1, packets: true },
      ),
    ).rejects.toThrow(PacketError);
  });

  test('that are too large for a request are refused', async () => {
    const records = Array.from({ length: 65_537 }, () => at(1));
    await expect(cut(records, { packets: true })).rejects.toThrow('exceed the limit of one request');
  });
});
