import { setTimeout as sleep } from 'node:timers/promises';
import config from '../infra.config.ts';
import { readConfig } from '../lib/config/schema.ts';
import { appliesTo, type Drill } from '../lib/drills/drill.ts';
import { drillsFor } from '../lib/drills/drills.ts';
import { observedService, patientOf } from '../lib/drills/observed-service.ts';
import { runDrill } from '../lib/drills/run-drill.ts';
import { readCommandLine } from '../lib/local/command-line.ts';
import { readRunning } from '../lib/local/running-file.ts';

/** `npm run drill -- NAME`: a fault on purpose, in a service that `npm start` runs, to see that it pages. */

const LOOK_EVERY_MS = 500;
/** The service lifts a fault by itself if we are killed. */
const MARGIN_SECONDS = 60;

const settings = readConfig(config);
const drills = drillsFor(settings);
const [name = '', ...rest] = process.argv.slice(2);
const drill = drills.find((one) => one.name === name);
if (name === '--help' || name === '-h') {
  console.log(help());
} else if (drill === undefined || rest.length > 0) {
  const problem = drill === undefined ? name && `There is no drill ${name}.` : `Unexpected argument ${rest[0]}.`;
  console.error(problem ? `${problem}\n${help()}` : help());
  process.exitCode = 2;
} else {
  process.exitCode = await run(drill);
}

function help(): string {
  return `npm run drill -- NAME, with the service running. NAME is one of:\n${drills.map(described).join('\n')}`;
}

function described({ name, what, pageWithinSeconds }: Drill): string {
  return `  ${name.padEnd(18)} ${what} Pages within ${pageWithinSeconds} s.`;
}

async function run(chosen: Drill): Promise<number> {
  const wanted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => wanted.abort());
  try {
    const commandLine = readCommandLine([], process.env);
    if (commandLine.kind !== 'start') throw new Error('DATA_DIR is not understood');
    const running = readRunning(commandLine.settings.dataDirectory);
    if (!appliesTo(chosen, running.backend))
      throw new Error(`${chosen.name} shows nothing on the backend ${running.backend}, whose functions meet no pooler`);
    const { pagedAfterSeconds, clearedAfterSeconds } = await runDrill({
      drill: chosen,
      patient: patientOf(running, chosen.pageWithinSeconds + MARGIN_SECONDS),
      observed: observedService(running),
      service: settings.service.name,
      now: Date.now,
      wait: () => sleep(LOOK_EVERY_MS),
      print: console.log,
      signal: wanted.signal,
    });
    if (wanted.signal.aborted) return 130;
    if (pagedAfterSeconds === null || clearedAfterSeconds === null) return 1;
    console.log(
      `\n${chosen.name}: page ${pagedAfterSeconds} s after the fault (at most ${chosen.pageWithinSeconds} s), ` +
        `all-clear ${clearedAfterSeconds} s after its end (at most ${chosen.clearWithinSeconds} s).`,
    );
    return 0;
  } catch (error) {
    if (wanted.signal.aborted) return 130;
    console.error(`drill: ${(error as Error).message}`);
    return 1;
  }
}
