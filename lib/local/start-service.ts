import { backendOf } from '../config/database-backend.ts';
import type { Settings } from '../config/schema.ts';
import { buildConsole } from '../console/build-console.ts';
import { CONSOLE_HEADERS, CONSOLE_PATHS, isImmutable } from '../console/console-site.ts';
import { startHttpApi } from '../local-cloud/api-gateway/http-api.ts';
import { refuseOtherSites } from '../local-cloud/api-gateway/other-sites.ts';
import { LOCAL_BACKENDS } from '../local-cloud/backends/backends.ts';
import { type Clock, systemClock } from '../local-cloud/clock.ts';
import { type Cloud, startCloud } from '../local-cloud/cloud.ts';
import { localAccount } from '../local-cloud/cloudformation/account.ts';
import { type Assembly, synthesised } from '../local-cloud/cloudformation/assembly.ts';
import { coverageIn, coverageLines } from '../local-cloud/cloudformation/coverage.ts';
import type { Monitor } from '../local-cloud/cloudwatch/monitor.ts';
import { Faults, faultsAction } from '../local-cloud/faults.ts';
import { openFunctionLog } from '../local-cloud/lambda/function-log.ts';
import { serveLocalPages } from '../local-cloud/pages/local-pages.ts';
import { serveStatic } from '../local-cloud/pages/serve-static.ts';
import { assertPortFree } from '../local-cloud/servers/free-port.ts';
import { type LocalDatabase, startLocalDatabase } from '../local-cloud/servers/local-database.ts';
import { reconnectPooler } from '../local-cloud/servers/pgbouncer.ts';
import { removeDatabase } from '../local-cloud/servers/remove-database.ts';
import { runbookOf } from '../runbook.ts';
import type { LocalSettings } from './command-line.ts';
import { writeRunning } from './running-file.ts';
import { seedInstruments } from './seed-instruments.ts';

export interface LocalService {
  /** Of the HTTP API, such as `http://127.0.0.1:3000`. */
  readonly url: string;
  /** Metrics, alarms and messages. */
  readonly monitor: Monitor;
  /** Takes no more requests, lets those under way end for up to 10 s, and stops everything. Safe to call again. */
  stop(): Promise<void>;
}

export interface ServiceOptions extends LocalSettings {
  readonly config: Settings;
  /** Of schedules and alarms. Default: the machine's. */
  readonly clock?: Clock;
  /** Progress, for a person. */
  readonly print: (line: string) => void;
  /** What asks for attention. */
  readonly warn: (line: string) => void;
  /** Aborted when the start is no longer wanted; it then ends at the next step, with the signal's reason. */
  readonly signal: AbortSignal;
  /** Postgres or PgBouncer died and could not be brought back: the service is of no use any more. */
  readonly onGivenUp: (error: Error) => void;
}

/** How often the assembly in use is marked as such, for other starts not to remove it. */
const TOUCH_MS = 30 * 60_000;

/**
 * Starts the whole Tick Store on this machine: synthesises the app while the database starts, and runs the template. From
 * nothing it takes 11 s of processor time, about half of it for the synthesis, and 3 s where that is there already.
 * @throws Error, with everything stopped again that had been started, when any of it does not start
 */
export async function startService(options: ServiceOptions): Promise<LocalService> {
  const { config, clock = systemClock, print, warn, signal, dataDirectory, onGivenUp } = options;
  await using started = new AsyncDisposableStack();
  await checkPort(options.port);
  if (options.fresh) {
    await removeDatabase(dataDirectory, print);
    print('Removed what was stored');
  }
  print(`Data: ${dataDirectory}`);
  signal.throwIfAborted();

  const giveUp = new AbortController();
  started.defer(() => giveUp.abort());
  const assembling = synthesised({ backend: options.backend, signal: AbortSignal.any([signal, giveUp.signal]) });
  // it is awaited below; until then a failure must not count as unhandled
  assembling.catch(() => undefined);

  const database = await startLocalDatabase({
    ...{ dataDirectory, print, onGivenUp },
    pooler: config.pooler,
    migrates: false,
  });
  started.defer(() => database.stop());
  const { postgres, pooler } = database;
  print(`PostgreSQL ${postgres.version} on port ${postgres.port}, PgBouncer ${pooler.version} on port ${pooler.port}`);
  signal.throwIfAborted();

  const account = localAccount(process.env['AWS_REGION']);
  const { directory } = postgres;
  const backendName = backendOf(config.database);
  const backend = await LOCAL_BACKENDS[backendName]({
    account,
    database,
    directory,
    settings: config.database,
    now: Date.now,
  });
  started.defer(() => backend.stop());
  const assembly = await assembling;
  started.defer(keepTouched(assembly));
  print(
    `Stack ${assembly.stack}, ${assembly.wasCached ? 'as synthesised before' : 'synthesised'}; ${backend.description}`,
  );
  for (const line of coverageLines(coverageIn(assembly.template))) print(line);
  signal.throwIfAborted();

  const log = openFunctionLog({ directory, show: warn });
  started.defer(() => log.close());
  const cloud = await startCloud({
    ...{ assembly, account, backend, database, config, clock, print, warn },
    concurrency: options.concurrency,
    onLog: log.write,
  });
  started.defer(() => cloud.stop());
  try {
    await deploy(cloud, database, print);
    await cloud.warm();
  } catch (error) {
    // a Ctrl-C in a terminal reaches the environments, too, and ends those that are just starting
    signal.throwIfAborted();
    throw error;
  }
  const faults = new Faults(
    {
      'database-down': () => database.holdDown('postgres'),
      'pooler-down': () => database.holdDown('pooler'),
      'dead-probe': () => cloud.pauseSchedule('-probe-health'),
    },
    systemClock,
    warn,
  );
  const pages = serveLocalPages({
    pages: { ...cloud.pages, faults: () => faults.list() },
    actions: { ...cloud.actions, faults: faultsAction(faults) },
  });
  const directoryOfConsole = await buildConsole({ runbook: runbookOf(config) });
  const page = serveStatic({
    directory: directoryOfConsole,
    paths: CONSOLE_PATHS,
    headers: CONSOLE_HEADERS,
    isImmutable,
  });
  const api = await startHttpApi({
    routes: cloud.api.routes,
    environments: cloud.environments,
    port: options.port,
    print: warn,
    onExchange: (record) => cloud.onExchange(record),
    beside: (request, response) =>
      refuseOtherSites(request, response) || pages(request, response) || page(request, response),
  });
  started.defer(() => api.stop());
  const { ownerUrl } = postgres;
  const { appUrl, adminUrl } = pooler;
  started.defer(writeRunning(directory, { url: api.url, backend: backendName, ownerUrl, appUrl, adminUrl }));
  started.defer(cloud.start());
  print(`Functions: logged in ${log.file}`);
  print(`Console: ${api.url}/`);
  print(`Alarms, messages, metrics: ${api.url}/_local`);
  signal.throwIfAborted();

  const running = started.move();
  let stopped: Promise<void> | undefined;
  return { url: api.url, monitor: cloud.monitor, stop: () => (stopped ??= running.disposeAsync()) };
}

/** The migration, as the stack runs it, and the first instruments. */
async function deploy(cloud: Cloud, database: LocalDatabase, print: (line: string) => void): Promise<void> {
  const applied = (await cloud.deploy()).flatMap((answer) => (answer as { applied?: string[] } | null)?.applied ?? []);
  if (applied.length > 0) {
    print(`Migrated: ${applied.join(', ')}`);
    // limits of a role reach new server connections only
    await reconnectPooler(database.pooler);
  }
  const seeded = await seedInstruments(database.postgres.ownerUrl);
  if (seeded.length > 0) print(`Added instruments: ${seeded.join(' ')}`);
}

function keepTouched(assembly: Assembly): () => void {
  const timer = setInterval(() => assembly.touch(), TOUCH_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** Before anything else: a person who has it running already should not wait for a database to hear it. */
async function checkPort(port: number): Promise<void> {
  if (port === 0) return;
  try {
    await assertPortFree(port);
  } catch (error) {
    const { code } = (error as { cause: NodeJS.ErrnoException }).cause;
    const why = code === 'EADDRINUSE' ? 'is taken' : `cannot be used (${code})`;
    throw new Error(`Port ${port} ${why}: set PORT to another, or PORT=0 to let one be picked.`, { cause: error });
  }
}
