import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { findChromium } from '../support/chromium.ts';
import { ConsoleBrowser, type Look } from '../support/console-browser.ts';

/**
 * Takes the pictures of docs/images from a service that runs and has data:
 * `npm run screenshots -- http://127.0.0.1:3000 BTCUSD file.csv`. `pngquant` makes them small where it is installed. It
 * makes the database unavailable for two minutes, for the pages of an incident.
 */
const [url = 'http://127.0.0.1:3000', symbol = 'BTCUSD', file] = process.argv.slice(2);
const directory = join(import.meta.dirname, '..', '..', 'docs', 'images');
const LOOKS: readonly Look[] = ['light', 'dark', 'phone'];
const SETTLE_MS = 2500;

const executable = findChromium();
if (executable === undefined) process.exit(1);
mkdirSync(directory, { recursive: true });
const browser = await ConsoleBrowser.launch(executable, url);

/** The newest batch of the instrument's file, and the newest operation. */
async function newest(path: string, id: string): Promise<unknown> {
  const { data } = (await (await fetch(`${url}${path}?limit=1`)).json()) as { data: Record<string, unknown>[] };
  return data[0]?.[id];
}
const batchId = await newest('/v1/market-data/batches', 'batchId');
const operationId = await newest('/v1/market-data/operations', 'operationId');

const calm: readonly (readonly [name: string, place: string])[] = [
  ['overview', ''],
  ['data', `#/data?symbol=${symbol}&bars=1m&interval=1h`],
  ['coverage', `#/data?symbol=${symbol}&bars=1m&interval=1d&below=coverage`],
  ['batches', `#/batches?id=${batchId}`],
  ['operations', `#/operations?id=${operationId}`],
  ['api', 'docs#/api?operation=ingestMarketData'],
];
for (const look of LOOKS) {
  for (const [name, place] of calm) await picture(name, look, (await browser.open(place, look)).page);
  if (file !== undefined) {
    const { page } = await browser.open('#/import', look);
    await page.setInputFiles('#file', file);
    await picture('import', look, page);
  }
}

const waiting = await Promise.all(LOOKS.map(async (look) => [look, (await browser.open('', look)).page] as const));
for (const [, page] of waiting) await page.waitForTimeout(SETTLE_MS);
const headers = { 'content-type': 'application/json' };
const fault = JSON.stringify({ fault: 'database-down', seconds: 170 });
await fetch(`${url}/_local/faults`, { method: 'POST', headers, body: fault });
try {
  for (const [look, page] of waiting) {
    await page.getByRole('article').filter({ hasText: 'Unreachable' }).first().waitFor({ timeout: 120_000 });
    await until(async () => (await seen('messages')).length > 0);
    await picture('incident', look, page, true);
    for (const [name, place] of [
      ['alarms', '#/alarms'],
      ['alarm', `#/alarms?name=${await criticalInAlarm()}`],
      ['messages', '#/messages'],
    ] as const)
      await picture(name, look, (await browser.open(place, look)).page);
  }
} finally {
  await fetch(`${url}/_local/faults`, { method: 'DELETE' });
}
await browser.close();

async function picture(name: string, look: Look, page: Page, stays = false): Promise<void> {
  await page.waitForTimeout(SETTLE_MS);
  const path = join(directory, `console-${name}-${look}.png`);
  await page.screenshot({ path });
  try {
    execFileSync('pngquant', ['--force', '--ext', '.png', '--speed', '1', '--quality', '60-90', path]);
  } catch {
    process.stderr.write(`${path} is as Chromium wrote it: pngquant is not installed\n`);
  }
  process.stdout.write(`${path}\n`);
  if (!stays) await page.context().close();
}

async function seen(what: 'alarms' | 'messages'): Promise<readonly Record<string, string>[]> {
  return (await (await fetch(`${url}/_local/${what}`)).json()) as Record<string, string>[];
}

/** @throws Error after a minute */
async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 60; i++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  throw new Error('nobody was notified within a minute');
}

/** A critical alarm that is in ALARM. */
async function criticalInAlarm(): Promise<string> {
  const alarms = await seen('alarms');
  const found = alarms.filter(({ kind, name }) => kind === 'metric' && name?.endsWith('-critical'));
  return (found.find(({ state }) => state === 'ALARM') ?? found[0])?.name ?? '';
}
