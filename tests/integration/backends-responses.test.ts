import { expect, onTestFinished, test } from 'vitest';
import { BACKEND_NAMES } from '../support/backends/backends.ts';
import { runScenario, type Told, TRICKY } from '../support/backends/scenario.ts';
import { startService } from '../support/service.ts';

/** The same requests to a service on each backend: what they return must be the same, value by value, header by header. */
test('a client cannot distinguish the backends', { timeout: 90_000 }, async () => {
  const told = new Map<string, Told[]>();
  for (const backend of BACKEND_NAMES) {
    const service = await startService({ backend, concurrency: 1 });
    onTestFinished(() => service.stop());
    told.set(backend, await runScenario(service));
  }
  const [first = [], ...others] = told.values();
  const statuses = first.map(({ status }) => status);
  // the scenario is worth the name: responses of every kind, and none that means trouble
  expect(
    Object.fromEntries(Object.entries(Object.groupBy(statuses, String)).map(([k, v]) => [k, (v?.length ?? 0) > 2])),
  ).toEqual({ 200: true, 404: true, 409: true, 422: true });
  const logs = first.find(({ asked }) => asked.startsWith('GET /v1/alert-logs {"symbol":"TRICKY.0"}'));
  const { data } = (logs ?? { body: { data: [] } }).body as { data: { alertMessage: string | null }[] };
  const texts = data.map(({ alertMessage }) => alertMessage);
  expect(texts.filter((text) => text !== null).toReversed()).toEqual(TRICKY);
  for (const answers of others) for (const [index, answer] of answers.entries()) expect(answer).toEqual(first[index]);
});
