import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readCommandLine } from '../../lib/local/command-line.ts';
import { dataDirectoryOf, readRunning, urlOfRunning, writeRunning } from '../../lib/local/running-file.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tick-store-running-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

test('a running service is found by its data directory, and not once it has stopped', () => {
  const remove = writeRunning(directory, 'http://127.0.0.1:1');
  expect(readRunning(directory)).toEqual({ pid: process.pid, url: 'http://127.0.0.1:1' });
  expect(urlOfRunning({ DATA_DIR: directory })).toBe('http://127.0.0.1:1');
  remove();
  expect(urlOfRunning({ DATA_DIR: directory })).toBeUndefined();
  expect(() => readRunning(directory)).toThrow(`No Tick Store runs on ${directory}: start it with npm start`);
});

test('the data directory is that of npm start: in this project, or where DATA_DIR says', () => {
  const started = readCommandLine([], {});
  const project = resolve(import.meta.dirname, '..', '..');
  expect(dataDirectoryOf({})).toBe(join(project, '.tick-store', 'data'));
  expect(started).toMatchObject({ settings: { dataDirectory: dataDirectoryOf({}) } });
  expect(dataDirectoryOf({ DATA_DIR: 'ticks' })).toBe(resolve('ticks'));
});

test('it is found where the files are moved for root', () => {
  writeRunning(directory, 'http://127.0.0.1:1');
  const asked = mkdtempSync(join(directory, 'asked-'));
  symlinkSync(directory, join(asked, 'moved-to'));
  expect(readRunning(asked).url).toBe('http://127.0.0.1:1');
});

test('the file of a killed service is ignored', () => {
  // no process has an id so high
  writeFileSync(join(directory, 'running.json'), JSON.stringify({ pid: 2 ** 30, url: 'http://127.0.0.1:1' }));
  expect(() => readRunning(directory)).toThrow('No Tick Store runs on');
});
