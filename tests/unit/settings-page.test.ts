import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { settingPaths } from '../../lib/config/explain.ts';
import { infraConfig } from '../../lib/config/schema.ts';
import { readComments } from '../../lib/settings-page/read-comments.ts';
import { settingsGroups } from '../../lib/settings-page/settings.ts';
import { settingsPage } from '../../lib/settings-page/settings-page.ts';

test('docs/settings.md is current: `npm run docs:settings` writes it anew', () => {
  expect(readFileSync(new URL('../../docs/settings.md', import.meta.url), 'utf8')).toBe(settingsPage());
});

test('every setting has a row with its meaning', () => {
  const settings = settingsGroups().flatMap((group) => group.settings);
  expect(settings.filter(({ meaning }) => meaning === '').map(({ path }) => path)).toEqual([]);
  expect(
    settingsGroups()
      .filter(({ meaning }) => meaning === '')
      .map(({ title }) => title),
  ).toEqual([]);
  const shown = settings.map(({ path }) => path.replaceAll('[]', ''));
  // groups have a heading, pairs of thresholds one row for both
  const leaves = settingPaths(infraConfig).filter((path, _, all) => !all.some((other) => other.startsWith(`${path}.`)));
  for (const leaf of leaves) {
    if (leaf.endsWith('.kind')) continue;
    expect(shown, leaf).toContain(leaf.replace(/^(thresholds\.\w+)\.\w+$/, '$1'));
  }
});

test('a comment is found by the setting after it', () => {
  const source = `
/** Of the constant. */
export const one = (count: number) =>
  z.strictObject({
    /** Of a member,
     * in two lines. @throws never */
    first: z.string().regex(/^[{}]$/, 'not: this'),
    group: z.strictObject({ /** Inside. */ inner: z.int() }),
    // not a doc comment
    second: z.int(),
  });
const two = z.strictObject({ /** Another. */ first: z.int() });`;
  expect(Object.fromEntries(readComments(source))).toEqual({
    one: 'Of the constant.',
    'one.first': 'Of a member, in two lines.',
    'one.group.inner': 'Inside.',
    'two.first': 'Another.',
  });
});
