import { setImmediate as nextTurn } from 'node:timers/promises';
import { letHeapGrow } from '../functions/runtime/heap-growth.ts';
import config from '../infra.config.ts';
import { withBackend } from '../lib/config/database-backend.ts';
import { readConfig } from '../lib/config/schema.ts';
import { HELP, type LocalSettings, readCommandLine } from '../lib/local/command-line.ts';
import { runDemoFeed } from '../lib/local/demo-feed.ts';
import { firstCommand } from '../lib/local/first-steps.ts';
import { startService } from '../lib/local/start-service.ts';

/** npm passes on a Ctrl-C that the terminal has already sent to this process, so one press arrives twice. */
const SAME_PRESS_MS = 500;

const commandLine = readCommandLine(process.argv.slice(2), process.env);
if (commandLine.kind === 'start') {
  for (const notice of commandLine.notices) console.error(notice);
  await run(commandLine.settings);
} else if (commandLine.kind === 'help') {
  console.log(HELP);
} else {
  console.error(commandLine.message);
  process.exitCode = 2;
}

async function run(settings: LocalSettings): Promise<never> {
  // A closed terminal, or a pipe that nobody reads, must not end a running database.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  letHeapGrow();
  const stopRequested = stopRequest();
  let exitCode = 0;
  try {
    const service = await startService({
      ...settings,
      config: readConfig(withBackend(config, settings.backend)),
      print: console.log,
      warn: console.error,
      signal: stopRequested.signal,
      onGivenUp: (error) => {
        exitCode = 1;
        printError(error);
        stopRequested.abort();
      },
    }).catch((error: unknown) => givenUp(error, stopRequested.signal));
    console.log(`Tick Store ready at ${service.url}`);
    if (settings.demo) void runDemoFeed({ url: service.url, warn: console.error, signal: stopRequested.signal });
    else
      console.log(
        `\nTry it (npm start -- --demo sends ticks continuously):\n${firstCommand(service.url, new Date())}\n`,
      );
    await aborted(stopRequested.signal);
    console.log('Stopping');
    await service.stop();
  } catch (error) {
    if (error !== stopRequested.signal.reason) {
      exitCode = 1;
      printError(error);
    }
  }
  process.exit(exitCode);
}

/**
 * Handles a start that failed. A Ctrl-C also ends the programs that the start has launched, and their failure arrives
 * before the signal does. A server that could not be stopped is reported in any case.
 */
async function givenUp(error: unknown, signal: AbortSignal): Promise<never> {
  await nextTurn();
  throw signal.aborted && !(error instanceof SuppressedError) ? signal.reason : error;
}

/** The first signal stops in order, the second ends at once; both leave nothing running. */
function stopRequest(): AbortController {
  const request = new AbortController();
  let firstAt: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      firstAt ??= performance.now();
      if (performance.now() - firstAt > SAME_PRESS_MS) process.exit(130);
      request.abort();
    });
  }
  return request;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    // The signal handler alone does not keep the process alive; the servers' processes do.
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function printError(error: unknown): void {
  if (!(error instanceof Error)) console.error(error);
  else console.error(process.env['DEBUG'] ? error.stack : `Tick Store: ${error.message}`);
}
