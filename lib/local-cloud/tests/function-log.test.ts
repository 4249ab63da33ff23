import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openFunctionLog } from '../lambda/function-log.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tick-store-log-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const linesOf = (file: string) =>
  readFileSync(join(directory, file), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { n: number }).n);

test('the log of a long-running service does not fill the disk, and no line is cut', async () => {
  const log = openFunctionLog({ directory, show: () => undefined, mostBytes: 10_000 });
  for (let n = 0; n < 1_000; n += 1) log.write(JSON.stringify({ level: 'INFO', n }), 'ingest');
  await log.close();
  const [before, now] = [linesOf('functions.log.previous'), linesOf('functions.log')];
  const kept = [...before, ...now];
  expect(kept).toEqual(Array.from(kept, (_, i) => 1_000 - kept.length + i));
  expect(before.length).toBeGreaterThan(100);
  for (const file of ['functions.log', 'functions.log.previous']) {
    expect(statSync(join(directory, file)).size).toBeLessThanOrEqual(10_000);
    expect(statSync(join(directory, file)).mode & 0o777).toBe(0o600);
  }
});

test('a person sees the kind of error, its code and its cause, without the stack', async () => {
  const shown: string[] = [];
  const log = openFunctionLog({ directory, show: (line) => shown.push(line) });
  const cause = { name: 'Error', code: 'ECONNREFUSED', message: 'connect failed\nat once', stack: 'at x' };
  const error = {
    name: 'DatabaseError',
    kind: 'unavailable',
    sqlState: '57P01',
    constraint: null,
    stack: 'at y',
    cause,
  };
  log.write(JSON.stringify({ level: 'ERROR', message: 'refused', route: 'GET /x', error }), 'read');
  await log.close();
  expect(shown).toEqual([
    'read ERROR refused: route=GET /x error=DatabaseError unavailable 57P01 Error ECONNREFUSED connect failed',
  ]);
});

test('a JSON line keeps the order of its fields, after the name of its function; any other becomes a string', async () => {
  const log = openFunctionLog({ directory, show: () => undefined });
  log.write('{"level":"INFO","message":"request","n":1}', 'in"gest');
  log.write('{"_aws":{},"n":2}', 'ingest');
  log.write('{"n":3}', 'ingest');
  log.write('{"level":"INFO", torn', 'ingest');
  await log.close();
  expect(readFileSync(join(directory, 'functions.log'), 'utf8').split('\n')).toEqual([
    '{"function":"in\\"gest","level":"INFO","message":"request","n":1}',
    '{"function":"ingest","_aws":{},"n":2}',
    JSON.stringify({ function: 'ingest', text: '{"n":3}' }),
    JSON.stringify({ function: 'ingest', text: '{"level":"INFO", torn' }),
    '',
  ]);
});
