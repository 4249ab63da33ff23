import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectProblem } from '../support/bodies.ts';
import { startService, type TestService } from '../support/service.ts';
import { tick } from '../support/ticks.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const post = (records: readonly object[], headers = {}) => service.post('/v1/market-data', { records }, { headers });

describe('every response carries a request id', () => {
  test('the one that was sent, on success and on errors', async () => {
    for (const records of [[tick()], [], [{}]]) {
      const reply = await post(records, { 'x-request-id': 'feed-7/2026:11' });
      expect(reply.headers.get('x-request-id')).toBe('feed-7/2026:11');
      if (reply.status !== 200) expect(reply.body.requestId).toBe('feed-7/2026:11');
    }
  });

  test.each([{}, { 'x-request-id': 'a b' }, { 'x-request-id': '' }, { 'x-request-id': 'é' }])(
    'a generated one, with %o',
    async (headers) => {
      const ids = [(await post([tick()], headers)).headers, (await post([], headers)).headers].map((of) =>
        of.get('x-request-id'),
      );
      expect(ids).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/), expect.stringMatching(/^[0-9a-f-]{36}$/)]);
      expect(ids[0]).not.toBe(ids[1]);
    },
  );
});

describe('if the database is broken', () => {
  const broken: [string, string, string][] = [
    [
      'a table is gone',
      'alter table tick_store.market_data rename to elsewhere',
      'alter table tick_store.elsewhere rename to market_data',
    ],
    [
      'the ledger is gone',
      'alter table tick_store.ingest_batches rename to elsewhere',
      'alter table tick_store.elsewhere rename to ingest_batches',
    ],
    [
      'a right is missing',
      'revoke insert on tick_store.market_data from tick_store_app',
      'grant insert on tick_store.market_data to tick_store_app',
    ],
    [
      'a value breaks a rule',
      'alter table tick_store.market_data add constraint low check (price < 5000)',
      'alter table tick_store.market_data drop constraint low',
    ],
  ];
  test.each(broken)(
    'because %s, the 500 contains nothing about SQL, the database or the request',
    async (_, breakIt, mendIt) => {
      await service.sql(breakIt);
      try {
        for (const sequence of [null, 3]) {
          const secret = { price: 54_321.125, sequence };
          const reply = await post([tick(secret)], { 'idempotency-key': 'secret-key', 'x-request-id': 'ours' });
          expectProblem(reply, 500, 'internal_error');
          expect(reply.body).toMatchObject({
            instance: 'POST /v1/market-data',
            category: 'system',
            requestId: 'ours',
            errors: [],
          });
          expect(reply.text).not.toMatch(
            /54321|secret|insert|select|tick_store|elsewhere|relation|postgres|127\.0\.0\.1|\.ts|permission/i,
          );
        }
        const logged = service.logs.filter((line) => line.includes('"ERROR"')).join();
        expect(logged).toContain('"requestId":"ours"');
        expect(logged).not.toMatch(/54321|secret|postgres:/);
      } finally {
        await service.sql(mendIt);
      }
      expect((await post([tick()])).status).toBe(200);
    },
  );
});
