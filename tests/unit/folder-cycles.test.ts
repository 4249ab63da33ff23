import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..', '..');

/** Source files of the product, with their paths from the root. Tests and installed packages are not among them. */
const files = ['bin', 'functions', 'lib'].flatMap((top) =>
  readdirSync(join(root, top), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => posix.join(relative(root, entry.parentPath), entry.name))
    .filter((file) => !/(^|\/)(tests|node_modules)\//.test(file)),
);

/** Which folders each folder imports from, with one import as the reason. */
function folderImports(): Map<string, Map<string, string>> {
  const folders = new Map<string, Map<string, string>>();
  for (const file of files) {
    for (const [, path = ''] of readFileSync(join(root, file), 'utf8').matchAll(/from '(\.{1,2}\/[^']+)'/g)) {
      const [from, to] = [dirname(file), posix.dirname(posix.join(dirname(file), path))];
      if (from !== to) folders.set(from, (folders.get(from) ?? new Map()).set(to, `${file} imports ${path}`));
    }
  }
  return folders;
}

/** Imports that lead from a folder over others back to it, or nothing. */
function findCycle(folders: Map<string, Map<string, string>>): string[] {
  const done = new Set<string>();
  const visit = (folder: string, way: readonly [string, string][]): string[] => {
    const begun = way.findIndex(([one]) => one === folder);
    if (begun !== -1) return way.slice(begun).map(([, reason]) => reason);
    if (done.has(folder)) return [];
    for (const [next, reason] of folders.get(folder) ?? []) {
      const cycle = visit(next, [...way, [folder, reason]]);
      if (cycle.length > 0) return cycle;
    }
    done.add(folder);
    return [];
  };
  for (const folder of folders.keys()) {
    const cycle = visit(folder, []);
    if (cycle.length > 0) return cycle;
  }
  return [];
}

test('folders import each other in one direction', () => {
  const folders = folderImports();
  expect(folders.size).toBeGreaterThan(50);
  expect(findCycle(folders)).toEqual([]);
});

test('a cycle over three folders would be found', () => {
  const reasons = { a: 'a/x.ts imports ../b/x.ts', b: 'b/x.ts imports ../c/x.ts', c: 'c/x.ts imports ../a/x.ts' };
  const folders = new Map([
    ['top', new Map([['a', 'top.ts imports ./a/x.ts']])],
    ['a', new Map([['b', reasons.a]])],
    ['b', new Map([['c', reasons.b]])],
    ['c', new Map([['a', reasons.c]])],
  ]);
  expect(findCycle(folders)).toEqual([reasons.a, reasons.b, reasons.c]);
});
