import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { findChromium } from '../support/chromium.ts';
import { accessibilityFaults, ConsoleBrowser, type OpenedPage } from '../support/console-browser.ts';
import { type StartedService, startAsCommand } from '../support/start-as-command.ts';

/** On a service of its own: an alarm that fired stands for ten minutes. */

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

const executable = findChromium();
let service: StartedService;
let browser: ConsoleBrowser;
beforeAll(async () => {
  if (executable === undefined) return;
  service = await startAsCommand();
  browser = await ConsoleBrowser.launch(executable, service.url);
});
afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

test.skipIf(executable === undefined)(
  'an alarm appears with what to do without a reload of the page, and alarms --follow prints it',
  async () => {
    const follow = spawn(process.execPath, ['bin/tick-store.js', 'alarms', '--follow', '--url', service.url]);
    const ended = once(follow, 'close');
    let followed = '';
    follow.stdout.on('data', (chunk: Buffer) => {
      followed += chunk;
    });
    const opened: OpenedPage = await browser.open('');
    const { page, faults } = opened;
    await page.getByText('Everything works').waitFor({ timeout: 90_000 });
    await service.send('POST', '/_local/faults', { fault: 'database-down', seconds: 90 });
    try {
      const incident = page.getByRole('article').filter({ hasText: 'Unreachable' });
      await incident.waitFor({ timeout: 90_000 });
      expect(await incident.textContent()).toMatch(/First:/);
      expect(await page.title()).toMatch(/in ALARM/);
      expect(await accessibilityFaults(page)).toEqual([]);
      await page.getByRole('link', { name: 'Messages' }).first().click();
      await page
        .getByText(/critical/)
        .first()
        .waitFor();
      expect(faults).toEqual([]);
      const line = /^\d{4}-\d\d-\d\dT\S+ {2}ALARM {2}tick-store-\S*critical: .+$/m;
      await vi.waitFor(() => expect(followed).toMatch(line), { timeout: 30_000, interval: 100 });
      follow.kill('SIGINT');
      expect(await ended).toEqual([0, null]);
    } finally {
      follow.kill('SIGKILL');
      await fetch(`${service.url}/_local/faults`, { method: 'DELETE' });
    }
    await page.context().close();
  },
);
