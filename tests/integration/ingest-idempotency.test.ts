import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bodyOf, expectProblem, send } from '../support/bodies.ts';
import { newKey, postKeyed, replayed, rowsOf as rowsOfBatch } from '../support/keyed-batches.ts';
import { rowCounts } from '../support/receipts.ts';
import { newRule, remove } from '../support/records.ts';
import { type Reply, startService, type TestService } from '../support/service.ts';
import { tick, ticks } from '../support/ticks.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService({ concurrency: 10 });
});
afterAll(() => service.stop());

const post = (key: string, records: readonly object[], query = {}, to = service) => postKeyed(to, key, records, query);
const rowsOf = (reply: Reply) => rowsOfBatch(service, reply);

describe('the same key with the same payload', () => {
  test.each([
    ['without sequences', [tick(), {}, tick({ price: 1 })]],
    ['with sequences', [tick({ sequence: 1 }), tick({ sequence: 1, price: 2 }), tick({ sequence: 2 })]],
  ])('returns the first receipt byte for byte %s', async (_, records) => {
    const key = newKey();
    const first = await post(key, records);
    const before = await rowCounts(service);
    for (let i = 0; i < 3; i++) {
      const again = await post(key, records);
      expect([again.status, again.text, replayed(again)]).toEqual([200, first.text, 'true']);
      expect(again.headers.get('content-type')).toBe(first.headers.get('content-type'));
    }
    expect(replayed(first)).toBeNull();
    expect(await rowCounts(service)).toEqual(before);
  });

  test('returns its receipt even if the rows were deleted since', async () => {
    const key = newKey();
    const first = await post(key, [tick({ sequence: 77 })]);
    await remove(service, { batchId: first.body.batchId });
    expect((await post(key, [tick({ sequence: 77 })])).text).toBe(first.text);
  });

  test.each([[{}], [{ atomic: true }]])(
    'returns its receipt even if its instrument became inactive since, and the whole batch would be refused: %o',
    async (query) => {
      const [symbol, key] = [`INACTIVE-${newKey()}`, newKey()];
      const named = { name: symbol, type: 'other' };
      expect((await service.put(`/v1/instruments/${symbol}`, named)).status).toBe(200);
      const records = [tick({ symbol }), tick({ symbol, sequence: 1 })];
      const first = await post(key, records, query);
      expect(first.status).toBe(200);
      await service.put(`/v1/instruments/${symbol}`, { ...named, status: 'inactive' });
      // under another key it is refused, and from then on the execution environment knows the instrument as inactive
      expect((await post(newKey(), records, query)).status).toBe(422);
      const again = await post(key, records, query);
      expect([again.status, again.text, replayed(again)]).toEqual([200, first.text, 'true']);
    },
  );

  test('may be compressed the second time', async () => {
    const body = bodyOf('ndjson', [tick()]);
    const headers = { 'idempotency-key': newKey() };
    const first = await send(service, body, 'ndjson', { headers });
    const again = await send(service, body, 'ndjson', { headers, gzip: true });
    expect([again.text, replayed(again)]).toEqual([first.text, 'true']);
  });

  test.each([
    ['without', {}],
    ['with', { sequence: 5 }],
  ])('fifty times at once is written once, %s sequences', async (_, fields) => {
    const key = newKey();
    const records = ticks(200, { ...fields, symbol: 'NQ' });
    const replies = await Promise.all(Array.from({ length: 50 }, () => post(key, records)));
    expect(new Set(replies.map((reply) => reply.status))).toEqual(new Set([200]));
    expect(new Set(replies.map((reply) => reply.text)).size).toBe(1);
    expect(replies.filter((reply) => replayed(reply) === null)).toHaveLength(1);
    expect(await rowsOf(replies[0] as Reply)).toBe(200);
    expect(await service.sql('select from tick_store.ingest_batches where idempotency_key = $1', [key])).toHaveLength(
      1,
    );
  });
});

describe('the same key with another payload is refused', () => {
  const key = newKey();
  let first: Reply;
  let ruleId: number;
  beforeAll(async () => {
    first = await post(key, [tick()], { batchSize: 500 });
    ruleId = await newRule(service, 'ES');
  });

  test.each([
    ['other records', () => post(key, [tick({ price: 1 })], { batchSize: 500 })],
    ['other records with sequences', () => post(key, [tick({ sequence: 1 })], { batchSize: 500 })],
    ['another parameter', () => post(key, [tick()], { batchSize: 501 })],
    ['an atomic batch, some of it rejected', () => post(key, [tick({ sequence: 1 }), {}], { atomic: true })],
    [
      'another media type',
      () => send(service, bodyOf('ndjson', [tick()]), 'ndjson', { headers: { 'idempotency-key': key } }),
    ],
    [
      'another table',
      async () => {
        const { timestamp, symbol } = tick();
        const log = { timestamp, symbol, ruleId, triggerValue: 1, thresholdValue: 1 };
        const headers = { 'idempotency-key': key };
        return service.post('/v1/alert-logs', { records: [{ ...log, firedStatus: 'fired' }] }, { headers });
      },
    ],
  ])('%s', async (_, ask) => {
    const before = await rowCounts(service);
    expectProblem(await ask(), 409, 'idempotency_key_reused');
    expect(await rowCounts(service)).toEqual(before);
    expect((await post(key, [tick()], { batchSize: 500 })).text).toBe(first.text);
  });
});

test('a batch that would be refused anyway still respects a key that another one has used', async () => {
  const key = newKey();
  const first = await post(key, [tick()]);
  expectProblem(await post(key, [{}]), 409, 'idempotency_key_reused');
  expectProblem(await post(key, [tick(), {}], { atomic: true }), 409, 'idempotency_key_reused');
  expect((await post(key, [tick()])).text).toBe(first.text);
});

test('the same batch twice without a key is two batches', async () => {
  const [one, two] = [
    await service.post('/v1/market-data', { records: [tick()] }),
    await service.post('/v1/market-data', { records: [tick()] }),
  ];
  expect([one.status, two.status, replayed(two)]).toEqual([200, 200, null]);
  expect(two.body.batchId).not.toBe(one.body.batchId);
});

test('the payload is hashed if the client chose a key, which is all that a hash is compared for', async () => {
  const hashBytes = async (batchId: number) => {
    const text = 'select length(payload_hash) as bytes from tick_store.idempotency_keys where number = $1';
    const [row] = await service.sql(text, [batchId]);
    return (row as { bytes: number }).bytes;
  };
  const [keyed, generated] = [
    await post(newKey(), [tick()]),
    await service.post('/v1/market-data', { records: [tick()] }),
  ];
  expect([await hashBytes(keyed.body.batchId), await hashBytes(generated.body.batchId)]).toEqual([32, 0]);
});

test('a key belongs to its caller', async () => {
  const other = await startService({
    environment: { ANONYMOUS_ACTOR: 'arn:aws:iam::123456789012:user/feed' },
    database: service.database,
  });
  try {
    const key = newKey();
    const [mine, theirs] = [await post(key, [tick()]), await post(key, [tick({ price: 1 })], {}, other)];
    expect([mine.status, theirs.status, replayed(theirs)]).toEqual([200, 200, null]);
    expect(theirs.body.batchId).not.toBe(mine.body.batchId);
    expect((await post(key, [tick({ price: 1 })], {}, other)).text).toBe(theirs.text);
  } finally {
    await other.stop();
  }
});

test('a batch that was refused does not use up its key', async () => {
  const key = newKey();
  expectProblem(await post(key, [{}]), 422, 'all_rejected');
  expect(replayed(await post(key, [tick()]))).toBeNull();
});

describe('an invalid key is refused before anything is written', () => {
  test.each([' ', 'a b', 'x'.repeat(256), 'schl\u00fcssel', '\t'])('%j', async (key) => {
    const before = await rowCounts(service);
    expectProblem(await post(key, [tick()]), 422, 'invalid_request');
    expect(await rowCounts(service)).toEqual(before);
  });
  test('and 255 visible ASCII characters are a key', async () => {
    const key = '~!"#\\'.repeat(51);
    const first = await post(key, [tick()]);
    expect((await post(key, [tick()])).text).toBe(first.text);
  });
});

test('gzip bodies that differ only in their compression are the same payload', async () => {
  const headers = { 'idempotency-key': newKey(), 'content-type': 'text/csv', 'content-encoding': 'gzip' };
  const csv = bodyOf('csv', [tick()]);
  const first = await service.post('/v1/market-data', gzipSync(csv, { level: 1 }), { headers });
  const again = await service.post('/v1/market-data', gzipSync(csv, { level: 9, memLevel: 1 }), { headers });
  expect([first.status, again.text]).toEqual([200, first.text]);
});

test('a key of an ingest cannot be used for a deletion, and vice versa', async () => {
  const own = await startService();
  const headers = { 'idempotency-key': 'one-for-both' };
  const deletion = { ids: [1], reason: 'test' };
  expect((await own.post('/v1/market-data', { records: [tick()] }, { headers })).status).toBe(200);
  const refused = await own.post('/v1/market-data/deletions', deletion, { headers });
  expect([refused.status, refused.body.code]).toEqual([409, 'idempotency_key_reused']);
  const other = { 'idempotency-key': 'the-other-way' };
  expect((await own.post('/v1/market-data/deletions', deletion, { headers: other })).status).toBe(200);
  const late = await own.post('/v1/market-data', { records: [tick()] }, { headers: other });
  expect([late.status, late.body.code]).toEqual([409, 'idempotency_key_reused']);
  expect(await own.sql('select from tick_store.market_data')).toHaveLength(1);
  await own.stop();
});

test('of an ingest and a deletion with one key at the same time, one is executed and the other refused', async () => {
  const own = await startService({ concurrency: 8 });
  try {
    for (let round = 0; round < 20; round++) {
      const headers = { 'idempotency-key': `both-at-once-${round}` };
      const replies = await Promise.all([
        own.post('/v1/market-data', { records: [tick()] }, { headers }),
        own.post('/v1/market-data/deletions', { ids: [1], reason: 'test' }, { headers }),
      ]);
      expect(replies.map((reply) => reply.status).sort()).toEqual([200, 409]);
      expect(
        await own.sql('select from tick_store.idempotency_keys where key = $1', [headers['idempotency-key']]),
      ).toHaveLength(1);
    }
  } finally {
    await own.stop();
  }
});

test("a restarted client's key is the same although its session has another name", async () => {
  const role = 'arn:aws:sts::123456789012:assumed-role/feed';
  const [before, after] = [await asActor(`${role}/i-0001`), await asActor(`${role}/i-0002`)];
  try {
    const key = newKey();
    const first = await post(key, [tick()], {}, before);
    const again = await post(key, [tick()], {}, after);
    expect([first.status, again.text, replayed(again)]).toEqual([200, first.text, 'true']);
    const [batch] = await before.sql('select actor from tick_store.ingest_batches where block = $1', [
      first.body.batchId,
    ]);
    expect(batch).toEqual({ actor: `${role}/i-0001` });
  } finally {
    await before.stop();
    await after.stop();
  }
});

const asActor = (actor: string) =>
  startService({ environment: { ANONYMOUS_ACTOR: actor }, database: service.database });
