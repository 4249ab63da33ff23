import { expect, test } from 'vitest';
import { readConfig } from '../../lib/config/schema.ts';
import { appliesTo } from '../../lib/drills/drill.ts';
import { drillsFor } from '../../lib/drills/drills.ts';

test('a fault of the pooler is offered only if functions go through one', () => {
  const names = drillsFor(readConfig({})).filter((drill) => !appliesTo(drill, 'data-api'));
  expect(names.map(({ name }) => name)).toEqual(['pooler-down', 'pool-exhaustion']);
  for (const backend of ['proxy', 'neon', 'postgres'] as const)
    expect(drillsFor(readConfig({})).every((drill) => appliesTo(drill, backend))).toBe(true);
});
