import {
  ACCOUNT_ID,
  apiOf,
  coverageIn,
  createMonitor,
  functionsOf,
  isRun,
  ManualClock,
  readAssembly,
  resolveTemplate,
  Scheduler,
} from '@tick-store/local-cloud';
import { describe, expect, test } from 'vitest';
import { gatewayRoutes } from '../../functions/contract/gateway-routes.ts';
import { routes } from '../../functions/contract/routes.ts';
import { BACKENDS, stackOf } from './support/stacks.ts';

const names = { account: ACCOUNT_ID, region: 'us-east-1' };
const values = {
  'AWS::RDS::DBProxy': { Endpoint: 'localhost' },
  'AWS::RDS::DBCluster': { 'Endpoint.Address': 'localhost', 'Endpoint.Port': '5432' },
};

describe.each(BACKENDS)('the template of the backend %s', (backend) => {
  const { directory } = stackOf(backend);
  const assembly = readAssembly(directory);
  const resolve = () => resolveTemplate(assembly.template, { ...names, stack: assembly.stack, values, isRun });

  test('can run in the local cloud: every reference has a local value', () => {
    const resources = resolve();
    expect(JSON.stringify(resources)).not.toMatch(/"(Ref|Fn::\w+)":/);
    createMonitor({ ...names, resources, clock: new ManualClock(0), print: () => undefined });
    const { definitions, aliases } = functionsOf(resources, assembly.assets, () => ({}));
    const called = new Set(Object.values(routes).map((one) => `tick-store-${one.function}`));
    for (const name of called)
      expect([definitions.some((one) => one.name === name), aliases.get(name)]).toEqual([true, 'live']);
  });

  test('has every route of the contract, to its function', () => {
    const expected = gatewayRoutes.map((one) => [one.routeKey, `tick-store-${one.function}`]);
    const served = apiOf(resolve()).routes.map((one) => [one.routeKey, one.functionName]);
    expect(served.toSorted()).toEqual(expected.toSorted());
  });

  test('has schedules that the local cloud can read', () => {
    const clock = new ManualClock(Date.parse('2026-01-01T00:00:00Z'));
    const account = { id: ACCOUNT_ID, region: names.region };
    const scheduler = new Scheduler({ resources: resolve(), account, clock, send: async () => undefined });
    scheduler.start();
    expect(scheduler.list().map(({ name, next }) => [name, next])).toEqual([
      ['tick-store-probe-health', '2026-01-01T00:00:00.000Z'],
      ['tick-store-maintain-partitions', '2026-01-01T02:00:00.000Z'],
      ['tick-store-continue-operations', '2026-01-01T00:00:00.000Z'],
      ['tick-store-repeat-pages', '2026-01-01T07:00:00.000Z'],
    ]);
  });

  test('has only resource types that the local cloud’s table lists', () => {
    const unknown = coverageIn(assembly.template).filter(({ note }) => note.startsWith('unknown'));
    expect(unknown.map(({ type }) => type)).toEqual([]);
  });
});
