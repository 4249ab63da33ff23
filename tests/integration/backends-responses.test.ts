import { expect, onTestFinished, test } from 'vitest';
import { BACKEND_NAMES } from '../support/backends/backends.ts';
import { type Exchange, runScenario, TRICKY } from '../support/backends/scenario.ts';
import { startService } from '../support/service.ts';

/** The same requests to a service on each backend must return the same values and headers. */
test('a client cannot distinguish the backends', { timeout: 90_000 }, async () => {
  const exchanges = new Map<string, Exchange[]>();
  for (const backend of BACKEND_NAMES) {
    const service = await startService({ backend, concurrency: 1 });
    onTestFinished(() => service.stop());
    exchanges.set(backend, await runScenario(service));
  }
  const [first = [], ...others] = exchanges.values();
  const statuses = first.map(({ status }) => status);
  // the scenario covers every kind of response and causes no server error
  expect(
    Object.fromEntries(Object.entries(Object.groupBy(statuses, String)).map(([k, v]) => [k, (v?.length ?? 0) > 2])),
  ).toEqual({ 200: true, 404: true, 409: true, 422: true });
  const logs = first.find(({ request }) => request.startsWith('GET /v1/alert-logs {"symbol":"TRICKY.0"}'));
  const { data } = (logs ?? { body: { data: [] } }).body as { data: { alertMessage: string | null }[] };
  const texts = data.map(({ alertMessage }) => alertMessage);
  expect(texts.filter((text) => text !== null).toReversed()).toEqual(TRICKY);
  for (const other of others) for (const [index, exchange] of other.entries()) expect(exchange).toEqual(first[index]);
});
