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

  test('uses the words of the style guide', () => {
    const found = proseOf(read(page)).flatMap(({ number, line }) =>
      avoidedIn(line).map((word) => `${page}:${number}: ${word}`),
    );
    expect(found).toEqual([]);
  });
});

/** Words that had crept in, each with what to write instead. */
const AVOIDED: Readonly<Record<string, RegExp>> = {
  'your machine, local': /\blaptops?\b/i,
  'fix, repair': /\bmend(?:ed|s|ing)?\b/i,
  'enters ALARM': /\bgo(?:es)? off\b/i,
  unavailable: /\b(?:is|was|are|found the database) away\b/i,
  'is suppressed': /\bkeeps? still\b/i,
  'database backend': /\bthe (?:proxy|Neon|pg|data-api) route\b/i,
  'outcome unknown': /\bin doubt\b/i,
  'is not valid': /\bis no (?:JSON|cursor|number|symbol)\b|\bone of ours\b/,
  'per (rate)':
    /\b(?:rows|requests|ticks|samples|statements|records|times|samples|GB|USD) an? (?:second|minute|hour|day|night|month|statement|batch|request|line|call)\b/i,
};

const avoidedIn = (text: string): string[] =>
  Object.entries(AVOIDED).flatMap(([instead, pattern]) => {
    const [match] = pattern.exec(text) ?? [];
    return match === undefined ? [] : [`"${match}": write "${instead}"`];
  });

/** String and template literals, roughly: what a user or an operator may read. */
const LITERAL = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g;
const COMMENT = /\/\*[\s\S]*?\*\/|(?<!:)\/\/[^\n]*/g;

test.each(['lib', 'functions', 'bin'])('texts in %s/ use the words of the style guide', (folder) => {
  const files = filesBelow(folder, '.ts');
  const found = files.flatMap((file) =>
    [...read(file).replaceAll(COMMENT, '').matchAll(LITERAL)].flatMap(([literal]) =>
      avoidedIn(literal).map((word) => `${file}: ${word}`),
    ),
  );
  expect(found).toEqual([]);
});
