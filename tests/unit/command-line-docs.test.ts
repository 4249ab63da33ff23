import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { commandLineDocs } from '../../lib/cli/command-line-docs.ts';

test('docs/command-line.md is what --help prints', async () => {
  const isCurrent =
    readFileSync(new URL('../../docs/command-line.md', import.meta.url), 'utf8') === (await commandLineDocs());
  expect(isCurrent, 'docs/command-line.md is out of date: npm run docs:command-line').toBe(true);
});
