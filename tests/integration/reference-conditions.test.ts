import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newInstrument, newRule } from '../support/records.ts';
import { type Reply, startService, type TestService } from '../support/service.ts';

/** If-Match and If-None-Match, of instruments and of alert rules. */

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const pathOf = (symbol: string) => `/v1/instruments/${encodeURIComponent(symbol)}`;
const etagOf = (reply: Reply) => reply.headers.get('etag') as string;
const ifMatch = (etag: string) => ({ headers: { 'If-Match': etag } });
const ifNoneMatch = (etag: string) => ({ headers: { 'If-None-Match': etag } });

describe.each([
  ['an instrument', () => newInstrument(service).then(pathOf), { name: 'New', type: 'future' }, { name: 'Patched' }],
  [
    'an alert rule',
    async () => {
      const symbol = await newInstrument(service);
      await newRule(service, symbol, `rule of ${symbol}`);
      return `/v1/alert-rules/rule of ${symbol}`;
    },
    { symbol: 'ES', condition: 'below', threshold: 1 },
    { threshold: 2 },
  ],
])('conditions on %s', (_, make, put, patch) => {
  test('If-Match changes only the state that it names', async () => {
    const path = await make();
    const first = await service.get(path);
    const changed = await service.put(path, put, ifMatch(etagOf(first)));
    expect([changed.status, etagOf(changed) === etagOf(first)]).toEqual([200, false]);
    for (const reply of [
      await service.put(path, { ...put }, ifMatch(etagOf(first))),
      await service.patch(path, patch, ifMatch(etagOf(first))),
      await service.patch(path, patch, ifMatch('"other", W/"others"')),
      await service.get(path, ifMatch(etagOf(first))),
    ]) {
      expect([reply.status, reply.body.code, etagOf(reply)]).toEqual([412, 'precondition_failed', etagOf(changed)]);
    }
    expect((await service.get(path)).body).toEqual(changed.body);
    const either = ifMatch(`${etagOf(first)}, ${etagOf(changed)}`);
    expect((await service.patch(path, patch, either)).body).toMatchObject(patch);
    expect((await service.patch(path, patch, ifMatch('*'))).status).toBe(200);
  });

  test('If-Match on something that does not exist creates nothing', async () => {
    const path = `${await make()} absent`;
    for (const etag of ['*', '"x"'])
      expect([(await service.put(path, put, ifMatch(etag))).status, (await service.get(path)).status]).toEqual([
        412, 404,
      ]);
  });

  test('of concurrent requests with the same ETag, one changes it', async () => {
    const path = await make();
    const condition = ifMatch(etagOf(await service.get(path)));
    const replies = await Promise.all([1, 2, 3, 4].map(() => service.patch(path, patch, condition)));
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
  });

  test('If-None-Match: * only creates, even if many requests do so at once', async () => {
    const path = await make();
    const before = (await service.get(path)).body;
    const refused = await service.put(path, put, ifNoneMatch('*'));
    expect([refused.status, refused.body.code]).toEqual([412, 'precondition_failed']);
    expect((await service.get(path)).body).toEqual(before);
    const replies = await Promise.all([1, 2, 3, 4].map(() => service.put(`${path} new`, put, ifNoneMatch('*'))));
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
  });

  test('a read of the state that the client already has gets a 304 without a body', async () => {
    const path = await make();
    const first = await service.get(path);
    for (const etag of [etagOf(first), `W/${etagOf(first)}`, '*', `"x", ${etagOf(first)}`])
      for (const method of ['GET', 'HEAD']) {
        const reply = await service.request(method, path, undefined, ifNoneMatch(etag));
        expect([reply.status, reply.text, etagOf(reply)]).toEqual([304, '', etagOf(first)]);
      }
    await service.patch(path, patch);
    const next = await service.get(path, ifNoneMatch(etagOf(first)));
    expect([next.status, next.body]).toMatchObject([200, patch]);
  });

  test.each([
    ['GET', 'If-None-Match', 'abc'],
    ['PUT', 'If-Match', '"a'],
    ['PUT', 'If-None-Match', '"a"'],
  ])('%s with %s: %s is refused by name', async (method, name, value) => {
    const reply = await service.request(method, await make(), method === 'GET' ? undefined : put, {
      headers: { [name]: value },
    });
    expect([reply.status, reply.body.errors[0].path]).toEqual([422, name]);
  });
});
