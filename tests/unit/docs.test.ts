import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const filesBelow = (folder: string, extension: string): string[] =>
  readdirSync(join(PROJECT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(extension) && !name.includes('node_modules'))
    .map((name) => join(folder, name));

const PAGES = [...readdirSync(PROJECT).filter((name) => name.endsWith('.md')), ...filesBelow('docs', '.md')];
const read = (file: string): string => readFileSync(join(PROJECT, file), 'utf8');

/** Written by a program, with one sentence or option per line. */
const GENERATED = ['docs/runbook.md', 'docs/command-line.md'];

/** Lines outside fenced blocks, with their numbers. */
function proseOf(text: string): { readonly number: number; readonly line: string }[] {
  let isFenced = false;
  return text.split('\n').flatMap((line, at) => {
    if (line.trimStart().startsWith('```')) isFenced = !isFenced;
    return isFenced ? [] : [{ number: at + 1, line }];
  });
}

/** GitHub's anchors: lower case, punctuation dropped, spaces to hyphens. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{Letter}\p{Number}\-_ ]/gu, '')
    .replaceAll(' ', '-');
const anchorsOf = (file: string): Set<string> =>
  new Set(
    proseOf(read(file)).flatMap(({ line }) => {
      const [, heading] = /^#+ (.+)$/.exec(line) ?? [];
      return heading === undefined ? [] : [anchorOf(heading)];
    }),
  );

describe.each(PAGES)('%s', (page) => {
  test('has no line of prose over 120 characters', () => {
    if (GENERATED.includes(page)) return;
    const tooLong = proseOf(read(page))
      // a table row, and a command that cannot be broken, are as long as they are
      .filter(({ line }) => line.length > 120 && !line.startsWith('|') && !/^\s*(?:- )?`[^`]+`[.,]?$/.test(line))
      .map(({ number }) => `${page}:${number}`);
    expect(tooLong).toEqual([]);
  });

  test('has no trace of a merge conflict', () => {
    expect(read(page)).not.toMatch(/^(<{7}|>{7}) /m);
  });

  test('links to files and sections that exist', () => {
    const links = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^[a-z]+:/.test(target));
    const broken = links.filter((target) => {
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? page : relative(PROJECT, join(PROJECT, dirname(page), path));
      if (!existsSync(join(PROJECT, file))) return true;
      return anchor !== undefined && file.endsWith('.md') && !anchorsOf(file).has(anchor);
    });
    expect(broken).toEqual([]);
  });
});
