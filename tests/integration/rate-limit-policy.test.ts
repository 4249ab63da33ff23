import { afterAll, beforeAll, expect, test } from 'vitest';
import { startService, type TestService } from '../support/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService({ environment: { REQUESTS_PER_SECOND: '200' } });
});
afterAll(() => service.stop());

test('every response has the rate limit of the API: a success, a problem, a path that does not exist', async () => {
  const statuses: number[] = [];
  for (const path of ['/v1/instruments', '/v1/market-data?limit=0', '/v1/nothing']) {
    const { status, headers } = await service.get(path);
    statuses.push(status);
    expect([path, headers.get('ratelimit-policy')]).toEqual([path, '"api";q=200;w=1']);
  }
  expect(statuses).toEqual([200, 422, 404]);
});
