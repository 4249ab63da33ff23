import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ALLOWED, LAYERS } from '../../bin/lint-rules/layers.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const ORDER = LAYERS.map((row) => row.map(({ folder }) => folder));

/** Each folder below `root` with those that its TypeScript files import from. */
function folderGraph(root: string): Map<string, Set<string>> {
  const graph = new Map<string, Set<string>>();
  for (const file of readdirSync(join(PROJECT, root), { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    const folder = dirname(file);
    const imports = graph.get(folder) ?? new Set();
    graph.set(folder, imports);
    const text = readFileSync(join(PROJECT, root, file), 'utf8');
    for (const [, source] of text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)) {
      const target = dirname(join(folder, source as string));
      if (target !== folder) imports.add(target);
    }
  }
  return graph;
}

const functions = folderGraph('functions');

test('every folder of functions/ has its place in the order', () => {
  expect([...functions.keys()].sort()).toEqual(ORDER.flat().sort());
});

test('every folder of functions/ imports from lower folders only', () => {
  const level = new Map(ORDER.flatMap((row, at) => row.map((folder) => [folder, at] as const)));
  const upward = [...functions].flatMap(([folder, imports]) =>
    [...imports]
      .filter((target) => (level.get(target) ?? Number.POSITIVE_INFINITY) >= (level.get(folder) ?? 0))
      .map((target) => `${folder} -> ${target}`),
  );
  expect(upward).toEqual([]);
});

test('what the linter lets a folder import is lower too', () => {
  const level = new Map(ORDER.flatMap((row, at) => row.map((folder) => [folder, at] as const)));
  for (const { folder, imports } of ALLOWED)
    for (const target of imports)
      expect(level.get(target), `${folder} -> ${target}`).toBeLessThan(level.get(folder) ?? 0);
});

test("the picture in docs/design.md shows the linter's order", () => {
  const design = readFileSync(join(PROJECT, 'docs/design.md'), 'utf8');
  const [, picture = ''] = /\n## The order of folders\n.*?\n```\n(.*?)```/s.exec(design) ?? [];
  const shown = picture
    .split('\n')
    .filter((line) => /^\S/.test(line))
    .map((line) => (/^(\S+(?: · \S+)*)/.exec(line)?.[1] ?? '').split(' · '));
  expect(shown).toEqual(ORDER);
});

test('the parts of lib/ form no cycle', () => {
  const parts = new Map<string, Set<string>>();
  const partOf = (folder: string) => folder.split('/')[0] as string;
  for (const [folder, imports] of folderGraph('lib')) {
    const known = parts.get(partOf(folder)) ?? new Set<string>();
    for (const target of imports) if (partOf(target) !== partOf(folder)) known.add(partOf(target));
    parts.set(partOf(folder), known);
  }
  // what imports nothing that is left comes next; a cycle is what never does
  const order: string[] = [];
  for (let next = true as boolean; next; ) {
    next = false;
    for (const [part, imports] of parts) {
      if (order.includes(part) || ![...imports].every((target) => order.includes(target) || target === '..')) continue;
      order.push(part);
      next = true;
    }
  }
  expect([...parts.keys()].filter((part) => !order.includes(part))).toEqual([]);
});
