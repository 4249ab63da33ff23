import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import config from '../infra.config.ts';
import { readConfig } from '../lib/config/schema.ts';
import { appliesTo, type Drill } from '../lib/drills/drill.ts';
import { drillsFor } from '../lib/drills/drills.ts';
import { RESTORE, restoreLines, runRestore } from '../lib/drills/restore.ts';
import { runDrill } from '../lib/drills/run-drill.ts';
import { drillTarget, findService, observedService } from '../lib/drills/service-under-drill.ts';
import { urlOfRunning } from '../lib/local/running-file.ts';

/** `npm run drill -- NAME`: injects a fault into the service that `npm start` runs, and checks that it pages. */

const LOOK_EVERY_MS = 500;
/** Extra time, after which the service lifts a fault by itself if this process is killed. */
const MARGIN_SECONDS = 60;

/** The longest time of a backup and its restore. */
const RESTORE_SECONDS = 3600;
const DEFAULT_URL = urlOfRunning(process.env) ?? `http://127.0.0.1:${process.env['PORT'] || 3000}`;

const drills = drillsFor(readConfig(config));
process.exitCode = await main();

async function main(): Promise<number> {
  const options = { help: { type: 'boolean', short: 'h' }, url: { type: 'string' } } as const;
  let problem = '';
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    if (values.help) {
      console.log(help());
      return 0;
    }
    const [name, extra] = positionals;
    const drill = drills.find((one) => one.name === name);
    if (extra !== undefined) problem = `Unexpected argument ${extra}.\n`;
    else if (name === RESTORE.name) return await restore(values.url ?? DEFAULT_URL);
    else if (drill !== undefined) return await run(drill, values.url ?? DEFAULT_URL);
    else if (name !== undefined) problem = `There is no drill ${name}.\n`;
  } catch (error) {
    problem = `${(error as Error).message}\n`;
  }
  console.error(`${problem}${help()}`);
  return 2;
}

function help(): string {
  return `npm run drill -- NAME [--url URL], while the service runs. The default URL is that of npm start on this machine. NAME is one of:
${drills.map(described).join('\n')}
  ${RESTORE.name.padEnd(18)} ${RESTORE.what} Pages nobody.`;
}

function described({ name, what, pageWithinSeconds }: Drill): string {
  return `  ${name.padEnd(18)} ${what} Pages within ${pageWithinSeconds} s.`;
}

/** @returns the exit code: 0 if the copy has exactly the rows of the service */
async function restore(url: string): Promise<number> {
  try {
    await findService(url);
    const report = await runRestore(drillTarget(url, RESTORE_SECONDS));
    for (const line of restoreLines(report)) console.log(line);
    return report.differences.length === 0 ? 0 : 1;
  } catch (error) {
    console.error(`drill: ${(error as Error).message}`);
    return 1;
  }
}

/** @returns the exit code: 0 if the page and the all-clear came in time, 130 if it was interrupted, else 1 */
async function run(chosen: Drill, url: string): Promise<number> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  try {
    const { service, backend } = await findService(url);
    if (!appliesTo(chosen, backend))
      throw new Error(`${chosen.name} has no effect on the database backend ${backend}, whose functions use no pooler`);
    const { pagedAfterSeconds, clearedAfterSeconds } = await runDrill({
      drill: chosen,
      target: drillTarget(url, chosen.pageWithinSeconds + MARGIN_SECONDS),
      observed: observedService(url),
      service,
      now: Date.now,
      wait: () => sleep(LOOK_EVERY_MS),
      print: console.log,
      signal: stop.signal,
    });
    if (stop.signal.aborted) return 130;
    if (pagedAfterSeconds === null || clearedAfterSeconds === null) return 1;
    console.log(
      `\n${chosen.name}: page ${pagedAfterSeconds} s after the fault (at most ${chosen.pageWithinSeconds} s), ` +
        `all-clear ${clearedAfterSeconds} s after its end (at most ${chosen.clearWithinSeconds} s).`,
    );
    return 0;
  } catch (error) {
    if (stop.signal.aborted) return 130;
    console.error(`drill: ${(error as Error).message}`);
    return 1;
  }
}
