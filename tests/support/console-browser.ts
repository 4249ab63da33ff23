import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The screens on which the console is tested. */
export const LOOKS = {
  light: { viewport: { width: 1360, height: 900 }, colorScheme: 'light' },
  dark: { viewport: { width: 1360, height: 900 }, colorScheme: 'dark' },
  phone: {
    viewport: { width: 390, height: 844 },
    colorScheme: 'dark',
    hasTouch: true,
    isMobile: true,
    deviceScaleFactor: 2,
  },
} as const satisfies Record<string, BrowserContextOptions>;
export type Look = keyof typeof LOOKS;

/** A page of the console, with its errors. */
export interface OpenedPage {
  readonly page: Page;
  /** Errors of scripts, refusals by the content security policy, and requests to other origins. */
  readonly faults: string[];
}

/** A browser for the console of a running service. */
export class ConsoleBrowser {
  readonly #browser: Browser;
  readonly #url: string;

  constructor(browser: Browser, url: string) {
    this.#browser = browser;
    this.#url = url;
  }

  static async launch(executablePath: string, url: string): Promise<ConsoleBrowser> {
    // without its sandbox, which root cannot use; it opens only our own pages
    return new ConsoleBrowser(await chromium.launch({ executablePath, args: ['--no-sandbox'] }), url);
  }

  /** @param place such as `#/data?symbol=ES`, or a path */
  async open(place: string, look: Look = 'light'): Promise<OpenedPage> {
    const context = await this.#browser.newContext(LOOKS[look]);
    const page = await context.newPage();
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(`${error.stack}`));
    page.on('console', (message) => {
      // the browser logs every response of 4xx or 5xx as an error, but each page handles it itself
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
        faults.push(message.text());
    });
    page.on('request', (request) => {
      const address = request.url();
      if (!address.startsWith(this.#url) && !/^(?:data|blob):/.test(address)) faults.push(`request to ${address}`);
    });
    await page.goto(`${this.#url}/${place}`);
    return { page, faults };
  }

  close(): Promise<void> {
    return this.#browser.close();
  }
}

/** What axe-core finds against WCAG 2.2 A and AA, as lines. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const violations = await page.evaluate(async () => {
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
    const run = (globalThis as unknown as { axe: { run(options: object): Promise<{ violations: Violation[] }> } }).axe
      .run;
    interface Violation {
      id: string;
      help: string;
      nodes: { html: string; failureSummary: string }[];
    }
    return (await run({ runOnly: tags })).violations;
  });
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}: ${html.slice(0, 160)} ${failureSummary}`),
  );
}
