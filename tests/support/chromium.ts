import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
];
const APT_MS = 240_000;

/**
 * Finds Chromium: `CHROMIUM`, one of the usual places, or Debian's package if this account may install it.
 * @returns undefined if there is none; the reason is printed to stderr
 * @throws Error in CI if there is none
 */
export function findChromium(): string | undefined {
  const found =
    [process.env['CHROMIUM'], ...PLACES].find((path) => path !== undefined && existsSync(path)) ?? install();
  if (found !== undefined) return found;
  const remedy = 'Install Chromium (apt-get install chromium), or set CHROMIUM to the path of one.';
  if (process.env['CI']) throw new Error(`The console cannot be tested without a browser. ${remedy}`);
  process.stderr.write(`Skipped: the tests of the console need a browser. ${remedy}\n`);
  return undefined;
}

function install(): string | undefined {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return undefined;
  const apt = (...args: string[]) =>
    execFileSync('apt-get', ['-y', '-qq', ...args], {
      stdio: ['ignore', 'ignore', 'inherit'],
      timeout: APT_MS,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  try {
    apt('update');
    apt('install', '--no-install-recommends', 'chromium');
  } catch {
    return undefined;
  }
  return PLACES.find((path) => existsSync(path));
}
