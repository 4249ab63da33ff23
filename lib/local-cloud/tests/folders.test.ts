import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { expect, test } from 'vitest';

/** The folders of the package and the folders that each may import from, as its README shows them. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = (() => {
  const rows: Record<string, string[]> = {};
  const base = ['machine', 'cloudformation'];
  rows['machine'] = [];
  rows['cloudformation'] = [];
  rows['aws-api'] = base;
  rows['servers'] = ['machine'];
  rows['messaging'] = [...base, 'aws-api'];
  rows['lambda'] = [...base, 'servers', 'messaging'];
  rows['api-gateway'] = [...base, 'lambda'];
  rows['scheduler'] = base;
  rows['cloudwatch'] = [...base, 'aws-api', 'servers', 'messaging', 'lambda', 'api-gateway'];
  for (const backend of ['rds-proxy', 'data-api', 'neon']) rows[backend] = [...base, 'aws-api'];
  rows['backends'] = [...base, 'aws-api', 'servers', 'rds-proxy', 'data-api', 'neon'];
  rows['faults'] = ['machine', 'servers'];
  rows['pages'] = [...base, 'api-gateway', 'cloudwatch', 'messaging', 'scheduler'];
  return rows;
})();

const root = resolve(import.meta.dirname, '..');
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.ts') && !file.startsWith(`tests${sep}`) && !file.startsWith('node_modules'),
);
/** `.` for the top level. */
const folderOf = (file: string) => (file.includes(sep) ? (file.split(sep)[0] ?? '.') : '.');

test('every folder is known', () => {
  const folders = new Set(files.map(folderOf));
  expect([...folders].filter((folder) => folder !== '.').sort()).toEqual(Object.keys(MAY_IMPORT).sort());
});

test('folders import in one direction, so there is no cycle', () => {
  const wrong = files.flatMap((file) => {
    const from = folderOf(file);
    if (from === '.') return [];
    const imports = [...readFileSync(join(root, file), 'utf8').matchAll(/from '(\.{1,2}\/[^']+)'/g)];
    return imports
      .map(([, path = '']) => folderOf(relative(root, resolve(root, dirname(file), path))))
      .filter((to) => to !== from && !MAY_IMPORT[from]?.includes(to))
      .map((to) => `${file} imports ${to}`);
  });
  expect(wrong).toEqual([]);
  // each folder names only folders above it, so what they may import has no cycle either
  const order = Object.keys(MAY_IMPORT);
  for (const [folder, lower] of Object.entries(MAY_IMPORT))
    for (const one of lower) expect(order.indexOf(one), `${folder}: ${one}`).toBeLessThan(order.indexOf(folder));
});
