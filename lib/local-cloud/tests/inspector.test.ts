import { expect, test } from 'vitest';
import { inspectorVariables, timeoutUnder } from '../lambda/inspector.ts';

test('a function inherits no variables without a debugger', () => {
  expect(inspectorVariables({ NODE_OPTIONS: '--enable-source-maps', PATH: '/bin' })).toEqual({});
  expect(timeoutUnder({}, 28_000)).toBe(28_000);
});

test.each([
  { NODE_OPTIONS: '--enable-source-maps --inspect=127.0.0.1:0' },
  { NODE_OPTIONS: '--require bootloader.js', VSCODE_INSPECTOR_OPTIONS: '{}' },
])('a debugger can attach to the process of a function, which then does not time out: %o', (parent) => {
  expect(inspectorVariables({ ...parent, SECRET: 'x' })).toEqual(parent);
  expect(timeoutUnder(parent, 28_000)).toBeGreaterThan(3_600_000);
});
