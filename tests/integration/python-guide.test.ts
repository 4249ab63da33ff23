import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startService, type TestService } from '../support/service.ts';

const GUIDE = readFileSync(new URL('../../docs/guides/python.md', import.meta.url), 'utf8');
const [client = '', example = ''] = [...GUIDE.matchAll(/```python\n(.*?)```/gs)].map(([, code]) => code);

function hasPython(): boolean {
  try {
    execFileSync('python3', ['--version']);
    return true;
  } catch {
    return false;
  }
}

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const python = async (code: string) =>
  (await promisify(execFile)('python3', ['-c', `${client}\n${code}`.replaceAll('http://127.0.0.1:3000', service.url)]))
    .stdout;

describe.skipIf(!hasPython())('the Python guide', () => {
  test('stores ticks, and none twice when it is run again', async () => {
    const first = await python(example);
    expect(first.trim().split('\n')).toEqual(
      [25, 25, 10].map((rows) => expect.stringMatching(new RegExp(`^\\d+ ${rows} 0$`))),
    );
    expect(await python(example)).toBe(first);
    expect(await service.sql('select count(*)::int as n from tick_store.market_data')).toEqual([{ n: 60 }]);
  });

  test('raises the problem that ends it', async () => {
    const bad = python('send_batch("http://127.0.0.1:3000", [{"timestamp": "yesterday", "symbol": "ES", "price": 1}])');
    await expect(bad).rejects.toThrow(/RuntimeError: all_rejected: /);
  });
});
