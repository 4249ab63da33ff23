import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildConsole } from '../../lib/console/build-console.ts';
import { CONSOLE_PATHS, isImmutable } from '../../lib/console/console-site.ts';

const kept = mkdtempSync(join(tmpdir(), 'tick-store-console-build-'));
let directory: string;
beforeAll(() => {
  directory = buildConsole({ runbook: '# Runbook\n', directory: kept });
});
afterAll(() => rmSync(kept, { recursive: true, force: true }));

const files = () =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(directory, name)).isFile(),
  );

test('everything that the browser loads for all pages is at most 300 kB with gzip', () => {
  const assets = files().filter((name) => /\.(?:html|js|css)$/.test(name));
  const total = assets.reduce((sum, name) => sum + gzipSync(readFileSync(join(directory, name))).length, 0);
  expect(assets.length).toBeGreaterThan(8);
  expect(total).toBeLessThanOrEqual(300_000);
});

test('the page references its own scripts and styles, and nothing of another origin', () => {
  const html = readFileSync(join(directory, 'index.html'), 'utf8');
  const named = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address as string);
  const own = named.filter((address) => address.startsWith('console/'));
  expect(own).toHaveLength(2);
  for (const address of own) expect(isImmutable(address) && files().includes(address)).toBe(true);
  expect(named.filter((address) => !own.includes(address))).toEqual(['data:,']);
});

test('every path that opens the page has a file', () => {
  for (const file of Object.values(CONSOLE_PATHS)) expect(files()).toContain(file);
});

test('the same sources are built once, and another runbook URL is another build', () => {
  expect(buildConsole({ runbook: '# Runbook\n', directory: kept })).toBe(directory);
  const other = buildConsole({ runbook: '# Another\n', directory: kept });
  expect(other).not.toBe(directory);
  expect(readFileSync(join(other, 'console', 'runbook.md'), 'utf8')).toBe('# Another\n');
});
