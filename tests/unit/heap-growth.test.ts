import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { HEAP_GROWTH } from '../../functions/runtime/heap-growth.ts';

test('the V8 of this Node knows the flag for the heap of the service', () => {
  const { status, stderr } = spawnSync(process.execPath, [HEAP_GROWTH, '-e', ''], { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
}, 60_000);
