import {
  assertPortFree,
  type Clock,
  isInspected,
  type LocalDatabase,
  type LocalVariables,
  type Monitor,
  reconnectPooler,
  removeDatabase,
  type Site,
  serveStatic,
  startLocalCloud,
  UnusableDatabase,
  withClient,
} from '@tick-store/local-cloud';
import { backendOf } from '../config/database-backend.ts';
import type { Settings } from '../config/schema.ts';
import { buildConsole } from '../console/build-console.ts';
import { CONSOLE_HEADERS, CONSOLE_PATHS, isImmutable } from '../console/console-site.ts';
import { runbookOf } from '../runbook/runbook.ts';
import type { LocalSettings } from './command-line.ts';
import { ALLOW_INSTRUMENTS, drillFaults } from './drill-faults.ts';
import { gatewayProblem } from './gateway-problem.ts';
import { backendSpecification, DATABASE_NAMES, localVariables } from './local-backend.ts';
import { writeRunning } from './running-file.ts';
import { seedInstruments } from './seed-instruments.ts';
import { type SynthesisedApp, synthesiseApp } from './synthesise-app.ts';

export interface LocalService {
  /** The URL of the HTTP API, such as `http://127.0.0.1:3000`. */
  readonly url: string;
  /** Metrics, alarms and messages. */
  readonly monitor: Monitor;
  readonly database: LocalDatabase;
  /** Accepts no more requests, lets those in progress end for up to 10 s, and stops everything. Idempotent. */
  stop(): Promise<void>;
}

export interface ServiceOptions extends Omit<LocalSettings, 'demo'> {
  readonly config: Settings;
  /** The clock of schedules and alarms. Default: the machine's. */
  readonly clock?: Clock;
  /** Environment variables of every function that override the template's, for tests that cannot wait. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Prints progress for a person. */
  readonly print: (line: string) => void;
  /** Prints for a person what requires attention. */
  readonly warn: (line: string) => void;
  /** Abort it to cancel the start, which then ends at its next step with the signal's reason. */
  readonly signal: AbortSignal;
  /** Postgres or PgBouncer died and could not be restarted, so the service cannot work any more. */
  readonly onGivenUp: (error: Error) => void;
}

/** How often the assembly in use is marked, so that other starts do not remove it. */
const TOUCH_MS = 30 * 60_000;

/**
 * Starts the whole Tick Store on this machine: synthesises the app while the database starts, and runs the template. A
 * first start takes 11 s of processor time, about half of it for the synthesis, and 3 s if the synthesised app exists.
 * @throws Error, with everything stopped again, if any part does not start
 */
export async function startService(options: ServiceOptions): Promise<LocalService> {
  const { config, clock, print, warn, signal, dataDirectory, onGivenUp } = options;
  await using started = new AsyncDisposableStack();
  await checkPort(options.port);
  if (options.fresh) {
    await removeDatabase(dataDirectory, print);
    print('Removed the stored data');
  }
  print(`Data: ${dataDirectory}`);
  signal.throwIfAborted();

  const giveUp = new AbortController();
  started.defer(() => giveUp.abort());
  const app = synthesiseApp({
    backend: options.backend,
    debuggable: isInspected(process.env),
    signal: AbortSignal.any([signal, giveUp.signal]),
  });
  const cloud = await startLocalCloud({
    ...{ dataDirectory, print, warn, signal, onGivenUp },
    ...(clock === undefined ? {} : { clock }),
    title: 'Tick Store',
    assembly: app.then(({ directory }) => directory),
    backend: backendSpecification(config.database),
    database: { names: DATABASE_NAMES, pooler: config.pooler },
    port: options.port,
    region: process.env['AWS_REGION'],
    concurrency: options.concurrency,
    variables: variablesFor(options),
    describeFault: gatewayProblem,
    faults: drillFaults,
    site: consoleSite(config),
    pages: { service: () => ({ service: config.service.name, backend: backendOf(config.database) }) },
    afterDeploy: (results, database) => completeDeployment(results, database, print),
  }).catch(howToStartOver);
  started.defer(() => cloud.stop());
  started.defer(keepTouched(await app));
  const { postgres, pooler } = cloud.database;
  started.defer(writeRunning(postgres.directory, cloud.url));
  print(`PostgreSQL ${postgres.version} on port ${postgres.port}, PgBouncer ${pooler.version} on port ${pooler.port}`);
  print(`Stack ${cloud.stack}, ${(await app).wasCached ? 'as synthesised before' : 'synthesised'}; ${cloud.backend}`);
  print(`Functions log to ${cloud.logFile}`);
  print(`Alarms, messages, metrics: ${cloud.url}/_local; what does not run here: ${cloud.url}/_local/resources`);
  print(`Console: ${cloud.url}/`);

  const running = started.move();
  let stopped: Promise<void> | undefined;
  const { url, monitor, database } = cloud;
  return { url, monitor, database, stop: () => (stopped ??= running.disposeAsync()) };
}

/** A page then links to the console of this machine. */
const variablesFor =
  ({ port, variables }: ServiceOptions): LocalVariables =>
  (template, endpoints) => ({
    ...localVariables(template, endpoints),
    ...(template['CRITICAL_ALARMS_ARN'] === undefined || port === 0
      ? {}
      : { DASHBOARD_URL: `http://127.0.0.1:${port}/` }),
    ...variables,
  });

async function consoleSite(config: Settings): Promise<Site> {
  const directory = await buildConsole({ runbook: runbookOf(config) });
  return serveStatic({ directory, paths: CONSOLE_PATHS, headers: CONSOLE_HEADERS, isImmutable });
}

/** Reports the applied migrations, and adds the first instruments. */
async function completeDeployment(
  results: readonly unknown[],
  database: LocalDatabase,
  print: (line: string) => void,
): Promise<void> {
  const applied = results.flatMap((result) => (result as { applied?: string[] } | null)?.applied ?? []);
  if (applied.length > 0) {
    print(`Migrated: ${applied.length} files, up to ${applied.at(-1)}`);
    // limits of a role affect only new server connections
    await reconnectPooler(database.pooler);
  }
  // a drill that was killed may have revoked it
  await withClient(database.postgres.ownerUrl, (client) => client.query(ALLOW_INSTRUMENTS));
  const seeded = await seedInstruments(database.postgres.ownerUrl);
  if (seeded.length > 0) print(`Added instruments: ${seeded.join(' ')}`);
}

function keepTouched(app: SynthesisedApp): () => void {
  const timer = setInterval(() => app.touch(), TOUCH_MS);
  timer.unref();
  return () => clearInterval(timer);
}

function howToStartOver(error: unknown): never {
  if (!(error instanceof UnusableDatabase)) throw error;
  const remedy = 'or start again without the stored ticks: npm start -- --fresh';
  throw new Error(`${error.message}, ${remedy}`, { cause: error });
}

/** Runs first, so that a person who already has it running need not wait for a database to start. */
async function checkPort(port: number): Promise<void> {
  if (port === 0) return;
  try {
    await assertPortFree(port);
  } catch (error) {
    const { code } = (error as { cause: NodeJS.ErrnoException }).cause;
    const why = code === 'EADDRINUSE' ? 'is taken' : `cannot be used (${code})`;
    throw new Error(`Port ${port} ${why}: set PORT to another port, or to 0 for a free one.`, { cause: error });
  }
}
