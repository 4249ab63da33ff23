import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectProblem } from '../support/bodies.ts';
import { newKey, postKeyed, replayed, rowsOf } from '../support/keyed-batches.ts';
import { waiting, whileHolding } from '../support/locks.ts';
import { withClient } from '../support/postgres.ts';
import { rowCounts } from '../support/receipts.ts';
import { startService, type TestService } from '../support/service.ts';
import { type TickInput, tick } from '../support/ticks.ts';

let service: TestService;
/** A second service with another caller's name, and a lock timeout short enough for a test. */
let impatient: TestService;
beforeAll(async () => {
  service = await startService({ concurrency: 10 });
  impatient = await startService({ environment: { ANONYMOUS_ACTOR: 'somebody-else' } });
  await withClient(impatient.database.superuserUrl, (client) =>
    client.query(`alter role tick_store_app in database ${impatient.database.name} set lock_timeout = '300ms'`),
  );
});
afterAll(() => Promise.all([service.stop(), impatient.stop()]));

describe('while the first request with a key is running, the second', () => {
  test.each([
    ['waits, and gets its response', {}],
    ['waits, and gets its response, with sequences', { sequence: 900 }],
  ])('%s', async (_, fields) => {
    const key = newKey();
    const [first, second] = await whileHolding(
      service,
      'lock table tick_store.market_data in access exclusive mode',
      async (release) => {
        const one = postKeyed(service, key, [tick(fields)]);
        await waiting(service, 1);
        const two = postKeyed(service, key, [tick(fields)]);
        await waiting(service, 2);
        await release();
        return Promise.all([one, two]);
      },
    );
    expect([first.status, second.status, second.text]).toEqual([200, 200, first.text]);
    // a small batch takes its key together with its rows, so either request may be the one that waits
    expect([replayed(first), replayed(second)].toSorted()).toEqual([null, 'true'].toSorted());
    expect(await rowsOf(service, first)).toBe(1);
  });

  const running = (key: string) => `
  insert into tick_store.idempotency_keys (scope, key, kind, payload_hash, request_id)
  values ('somebody-else', '${key}', 'batch', '', gen_random_uuid())`;

  test.each([
    ['without', {}],
    ['with', { sequence: 1 }],
  ])('gets a 409 when that takes too long, %s sequences', async (_, fields) => {
    const key = newKey();
    await whileHolding(impatient, running(key), async () => {
      const reply = await postKeyed(impatient, key, [tick(fields)]);
      expectProblem(reply, 409, 'request_in_progress');
      expect(reply.headers.get('retry-after')).toBe('1');
    });
    const reply = await postKeyed(impatient, key, [tick(fields)]);
    expect([reply.status, reply.body.inserted]).toEqual([200, 1]);
  });

  const REFUSED: readonly (readonly [string, TickInput, Record<string, boolean>])[] = [
    ['all of it would be', { price: 'none' }, {}],
    ['it is atomic and a part would be', { price: 1 }, { atomic: true }],
  ];
  test.each(REFUSED)('gets the 409 of a reused key even if it is refused because %s', async (_, first, query) => {
    const key = newKey();
    const refused = [tick(first), {}];
    const replies = await whileHolding(
      service,
      'lock table tick_store.market_data in access exclusive mode',
      async (release) => {
        const one = postKeyed(service, key, [tick()]);
        await waiting(service, 1);
        const two = postKeyed(service, key, refused, query);
        await waiting(service, 2);
        await release();
        return Promise.all([one, two]);
      },
    );
    expect(replies[0].status).toBe(200);
    expectProblem(replies[1], 409, 'idempotency_key_reused');
  });

  test('gets its receipt even if its instrument became inactive meanwhile', async () => {
    const key = newKey();
    const path = `/v1/instruments/INACTIVE-${key}`;
    await service.put(path, {});
    const records = [tick({ symbol: `INACTIVE-${key}` })];
    const [first, second] = await whileHolding(
      service,
      'lock table tick_store.market_data in access exclusive mode',
      async (release) => {
        const one = postKeyed(service, key, records);
        await waiting(service, 1);
        expect((await service.put(path, { status: 'inactive' })).status).toBe(200);
        const two = postKeyed(service, key, records);
        await waiting(service, 2);
        await release();
        return Promise.all([one, two]);
      },
    );
    expect([first.status, second.status, second.text]).toEqual([200, 200, first.text]);
    expect([replayed(first), replayed(second)]).toEqual([null, 'true']);
  });

  test('gets a 409 when that takes too long, also if it would be refused, and afterwards its key is free', async () => {
    const key = newKey();
    const before = await rowCounts(impatient);
    await whileHolding(impatient, running(key), async () => {
      expectProblem(await postKeyed(impatient, key, [{}]), 409, 'request_in_progress');
    });
    expect(await rowCounts(impatient)).toEqual(before);
    expectProblem(await postKeyed(impatient, key, [{}]), 422, 'all_rejected');
    expect((await postKeyed(impatient, key, [tick()])).status).toBe(200);
  });

  test('is the one that writes, if the first fails', async () => {
    const key = newKey();
    const reply = await whileHolding(service, running(key).replace('somebody-else', 'local'), async (release) => {
      const asked = postKeyed(service, key, [tick()]);
      await waiting(service, 1);
      await release();
      return asked;
    });
    expect([reply.status, replayed(reply), await rowsOf(service, reply)]).toEqual([200, null, 1]);
  });
});
