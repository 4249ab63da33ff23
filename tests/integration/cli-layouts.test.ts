import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli } from '../support/cli.ts';
import { LAYOUTS } from '../support/layouts.ts';
import { startService, type TestService } from '../support/service.ts';

let service: TestService;
let directory: string;
beforeAll(async () => {
  service = await startService();
  directory = mkdtempSync(join(tmpdir(), 'tick-store-layouts-'));
});
afterAll(async () => {
  await service.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** The instruments of a layout: the ones it names, otherwise one created for it. */
function symbolsIn(first: object, i: number, text: string): string[] {
  if (!('symbol' in first)) return [`L${i}`];
  return text.includes('AA, EQ') ? ['AA', 'BB'] : [String(first.symbol)];
}

/** The detected layout is sufficient for the API: an import that uses it stores every row, and the first one as previewed. */
test.each(LAYOUTS.map(([name, text, parameters, first], i) => [name, i, text, parameters, first] as const))(
  '%s: every row is stored',
  async (_name, i, text, parameters, first) => {
    const file = join(directory, `${i}.csv`);
    writeFileSync(file, text);
    const rows = await Promise.all(
      symbolsIn(first, i, text).map((one) =>
        service.put(`/v1/instruments/${encodeURIComponent(one)}`, { priceDecimals: 8 }),
      ),
    );
    expect(rows.every(({ status }) => status === 200)).toBe(true);
    const named = 'symbol' in first;
    const symbol = named ? String(first.symbol) : `L${i}`;
    const args = [file, ...(named ? [] : ['--symbol', symbol]), '--yes', '--json'];
    const { exitCode, output, notes } = await runCli(['import', ...args, '--url', service.url]);
    expect(exitCode, notes).toBe(0);
    const { received, inserted } = JSON.parse(output);
    expect(inserted).toBe(received);
    expect(received).toBeGreaterThan(0);
    const query = { symbol, precision: 'stored', ...('bars' in parameters ? { bars: String(parameters.bars) } : {}) };
    const { body } = await service.get('/v1/market-data', { query });
    const wanted = { ...first, timestamp: (first as { timestamp: string }).timestamp };
    expect(body.data).toContainEqual(expect.objectContaining(wanted));
  },
);
