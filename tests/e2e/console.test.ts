import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { findChromium } from '../support/chromium.ts';
import { accessibilityFaults, ConsoleBrowser, type Look, type OpenedPage } from '../support/console-browser.ts';
import { type StartedService, startAsCommand } from '../support/start-as-command.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const executable = findChromium();
const BARS = gunzipSync(
  readFileSync(join(import.meta.dirname, '..', 'fixtures', 'data', 'btc-perp-1m-2022-01-01.csv.gz')),
);

describe.skipIf(executable === undefined)('the console', () => {
  let service: StartedService;
  let browser: ConsoleBrowser;
  let batchId: number;
  let operationId: number;
  /** One of the critical alarms, whatever they are called. */
  let alarm: string;

  beforeAll(async () => {
    service = await startAsCommand();
    browser = await ConsoleBrowser.launch(executable as string, service.url);
    await service.send('PUT', '/v1/instruments/BTC-PERP', {
      name: 'Bitcoin perpetual',
      type: 'crypto',
      priceDecimals: 1,
    });
    const receipt = await service.send('POST', '/v1/market-data?symbol=BTC-PERP', BARS, 'text/csv');
    batchId = receipt['batchId'] as number;
    const filter = { symbol: 'BTC-PERP', start: '2022-01-01T00:00:00Z', end: '2022-01-01T00:09:59Z' };
    const deletion = await service.send('POST', '/v1/market-data/deletions', { filter, reason: 'a stale feed' });
    operationId = deletion['operationId'] as number;
    const alarms = (await service.read('/_local/alarms')) as unknown as { kind: string; name: string }[];
    alarm = alarms.find(({ kind, name }) => kind === 'metric' && name.endsWith('-critical'))?.name ?? '';
    await vi.waitUntil(async () => (await fetch(`${service.url}/v1/health`)).status === 200, { timeout: 60_000 });
  });
  afterAll(async () => {
    await browser?.close();
    await service?.stop();
  });

  /** Every page with something of what is stored in it. */
  const PAGES: readonly (readonly [name: string, place: () => string, shows: RegExp])[] = [
    ['overview', () => '', /Everything works|Working, with a warning/],
    ['candles', () => '#/data?symbol=BTC-PERP', /candles of 1m/],
    ['line and quotes', () => '#/data?symbol=BTC-PERP&view=line', /Bitcoin perpetual/],
    ['coverage', () => '#/data?symbol=BTC-PERP&below=coverage', /rows on \d+ days?/],
    ['import', () => '#/import', /Drop a file of ticks or bars/],
    ['batches', () => `#/batches?id=${batchId}`, /inserted/],
    ['operations', () => `#/operations?id=${operationId}`, /a stale feed/],
    ['alarms', () => '#/alarms?state=all', /Unreachable/],
    ['one alarm', () => `#/alarms?name=${alarm}`, /Runbook/],
    ['messages', () => '#/messages', /No message has been sent yet|Who got it/],
    ['docs', () => 'docs', /market-data\/deletions/],
    ['one operation of the API', () => '#/api?operation=ingestMarketData', /Send POST/],
  ];

  describe.each(['light', 'dark', 'phone'] as const)('%s', (look: Look) => {
    test.each(PAGES)('%s shows what is stored, and axe finds nothing', async (_, place, shows) => {
      const { page, faults } = await browser.open(place(), look);
      await page.getByText(shows).first().waitFor();
      expect(await accessibilityFaults(page)).toEqual([]);
      const width = await page.evaluate<number>(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      expect(width, 'it does not scroll sideways').toBeLessThanOrEqual(0);
      expect(faults).toEqual([]);
      await page.context().close();
    });
  });

  test('a chart does not say that there are no samples while they are still being read', async () => {
    const { page, faults } = await browser.open('#/import');
    const held = Promise.withResolvers<void>();
    await page.route('**/v1/health/history*', async (route) => {
      await held.promise;
      await route.continue();
    });
    await page.evaluate("location.hash = '#/'");
    await page.getByText('Reading samples').first().waitFor();
    expect(await page.getByText('Nothing measured').count()).toBe(0);
    held.resolve();
    await page.getByText('Reading samples').first().waitFor({ state: 'detached' });
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('a dropped file is read, shown and stored with a receipt, and dropping it again stores nothing twice', async () => {
    const symbol = 'DROPPED';
    const text =
      'timestamp,price,volume\n2026-01-30T14:30:00Z,4300.25,1\n2026-01-30T14:30:01Z,4300.5,-1\n2026-01-30T14:30:02Z,4300.75,3\n';
    const dropped = async () => {
      const { page, faults } = await browser.open('#/import');
      await drop(page, `${symbol}_ticks.csv`, text);
      await page.getByText('As it will be stored').waitFor();
      expect(await page.getByLabel('Symbol').inputValue()).toBe(symbol);
      expect(await page.getByRole('cell', { name: '2026-01-30T14:30:02.000000Z' }).count()).toBe(1);
      await page.getByRole('button', { name: /^Import/ }).click();
      await page.getByRole('heading', { name: 'Receipt' }).waitFor();
      expect(faults).toEqual([]);
      return page;
    };
    const first = await dropped();
    const outcomes = await first.getByRole('list', { name: 'Outcomes' }).textContent();
    expect(outcomes).toMatch(/2\s*inserted/);
    expect(outcomes).toMatch(/1\s*rejected/);
    const [download] = await Promise.all([
      first.waitForEvent('download'),
      first.getByText('Download 1 rejected row').click(),
    ]);
    const rejected = readFileSync(await download.path(), 'utf8');
    expect(rejected).toMatch(/^line,field,code,reason,row\n3,volume,[a-z_]+,.*"2026-01-30T14:30:01Z,4300.5,-1"\n$/);
    expect(await accessibilityFaults(first)).toEqual([]);

    const again = await dropped();
    expect(await again.getByText('Nothing was stored twice').count()).toBe(1);
    const { data } = await service.read(`/v1/market-data?symbol=${symbol}`);
    expect(data).toHaveLength(2);
    await first.context().close();
    await again.context().close();
  });

  test('a deletion shows its numbers first, is made, and is undone', async () => {
    await service.send('PUT', '/v1/instruments/UNDO', { name: 'To be undone' });
    const records = [0, 1, 2].map((second) => ({
      timestamp: `2026-01-30T10:00:0${second}Z`,
      symbol: 'UNDO',
      price: second,
    }));
    const receipt = await service.send('POST', '/v1/market-data', { records });
    const live = async () => ((await service.read('/v1/market-data?symbol=UNDO'))['data'] as unknown[]).length;
    const { page, faults } = await browser.open(`#/batches?id=${receipt['batchId']}`);
    await page.getByRole('button', { name: 'Delete the rows of this batch' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('3 rows would be deleted.').waitFor();
    expect(await live()).toBe(3);
    expect(await accessibilityFaults(page)).toEqual([]);
    await dialog.getByLabel(/Reason/).fill('the feed repeated itself');
    await dialog.getByRole('button', { name: 'Delete 3 rows' }).click();
    await dialog.getByText('3 rows deleted.').waitFor();
    expect(await live()).toBe(0);
    await dialog.getByRole('button', { name: 'Undo' }).click();
    await dialog.getByText('3 rows would be restored.').waitFor();
    await dialog.getByLabel(/Reason/).fill('it did not');
    await dialog.getByRole('button', { name: 'Restore 3 rows' }).click();
    await dialog.getByText('3 rows restored.').waitFor();
    expect(await live()).toBe(3);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  test('a correction is listed among the operations and can be undone there', async () => {
    await service.send('PUT', '/v1/instruments/CORRECT', { name: 'To be corrected' });
    const send = (price: number, query: string) => {
      const records = [{ timestamp: '2026-01-30T10:00:00Z', symbol: 'CORRECT', price, sequence: 1 }];
      return service.send('POST', `/v1/market-data${query}`, { records });
    };
    await send(1, '');
    const { operationId: correction } = await send(2, '?onConflict=replace&reason=bad+print');
    const price = async () =>
      ((await service.read('/v1/market-data?symbol=CORRECT'))['data'] as { price: number }[]).map((row) => row.price);
    const { page, faults } = await browser.open(`#/operations?id=${correction}`);
    await page.getByRole('heading', { name: `Operation ${correction}: correction` }).waitFor();
    await page.getByRole('button', { name: `Undo operation ${correction}` }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('2 rows would be changed.').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await dialog.getByLabel(/Reason/).fill('the print was right');
    expect(await price()).toEqual([2]);
    await dialog.getByRole('button', { name: 'Change 2 rows' }).click();
    await dialog.getByText('2 rows changed.').waitFor();
    expect([await price(), faults]).toEqual([[1], []]);
    await page.context().close();
  });

  test('every page can be used with the keyboard', async () => {
    const { page } = await browser.open('');
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('d');
    // exactly: the overview has a heading "Database"
    await page.getByRole('heading', { name: 'Data', exact: true }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('bitcoin');
    await page.getByRole('option', { name: /BTC-PERP/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/symbol=BTC-PERP/);
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    await page.keyboard.press('Escape');
    await vi.waitUntil(async () => (await page.getByRole('dialog').count()) === 0);
    await page.context().close();
  });
});

/** Drops a file as a person does, onto the place that says so. */
async function drop(page: OpenedPage['page'], name: string, text: string): Promise<void> {
  const script = `(() => {
    const data = new DataTransfer();
    data.items.add(new File([${JSON.stringify(text)}], ${JSON.stringify(name)}, { type: 'text/csv', lastModified: 1 }));
    return data;
  })()`;
  const transfer = await page.evaluateHandle(script);
  await page.getByLabel('Drop files').dispatchEvent('drop', { dataTransfer: transfer });
}
