import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DescribeFault } from './api-gateway/gateway-faults.ts';
import { type HttpApi, startHttpApi } from './api-gateway/http-api.ts';
import type { BackendSpecification } from './backends/backend.ts';
import { startBackend } from './backends/start-backend.ts';
import { localAccount } from './cloudformation/account.ts';
import { readAssembly } from './cloudformation/assembly.ts';
import type { Monitor } from './cloudwatch/monitor.ts';
import { Faults, type InjectFault } from './faults/faults.ts';
import { faultsAction } from './faults/faults-action.ts';
import { serverFaults } from './faults/server-faults.ts';
import { openFunctionLog } from './lambda/function-log.ts';
import { type Clock, systemClock } from './machine/clock.ts';
import { refuseOtherSites } from './machine/local-caller.ts';
import type { LocalPage } from './machine/local-page.ts';
import { serveLocalPages } from './pages/local-pages.ts';
import { type LocalVariables, type RunningTemplate, runTemplate } from './run-template.ts';
import type { DatabaseNames, PoolerSettings } from './servers/database-specification.ts';
import { type LocalDatabase, startLocalDatabase } from './servers/local-database.ts';

/** The running parts other than the HTTP API, for the caller. */
export interface LocalCloudParts {
  readonly database: LocalDatabase;
  readonly monitor: Monitor;
  /** Keeps schedules whose names have this ending from running. @returns a function that ends the pause */
  pauseSchedule(ending: string): () => void;
}

/** Serves a site next to the API. @returns whether it has responded */
export type Site = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface LocalCloudOptions {
  /** The service's name on `/_local`. */
  readonly title: string;
  /** Directory of the synthesised app. A promise lets the database start while the app is being synthesised. */
  readonly assembly: string | Promise<string>;
  readonly backend: BackendSpecification;
  readonly database: { readonly names: DatabaseNames; readonly pooler: PoolerSettings };
  /** The directory for files of PostgreSQL, PgBouncer and the functions' log. Absolute path. */
  readonly dataDirectory: string;
  /** The port of the HTTP API on 127.0.0.1; 0 picks a free one. */
  readonly port: number;
  /** The emulated region. Default us-east-1. */
  readonly region?: string | undefined;
  /** The largest number of processes per function. */
  readonly concurrency: number;
  /** The clock of schedules and alarms. Default: the machine's. */
  readonly clock?: Clock;
  readonly variables?: LocalVariables;
  readonly describeFault?: DescribeFault;
  /** Faults that a drill may inject, in addition to those of the servers. */
  readonly faults?: (parts: LocalCloudParts) => Readonly<Record<string, InjectFault>>;
  /** Additional pages below `/_local`, as JSON. */
  readonly pages?: Readonly<Record<string, LocalPage>>;
  /** Another site on the same port. A promise lets the database start while the site is being built. */
  readonly site?: Site | Promise<Site>;
  /** Runs after the template's triggers, before the first request. */
  readonly afterDeploy?: (results: readonly unknown[], database: LocalDatabase) => Promise<void>;
  /** Prints progress and events for a person. */
  readonly print: (line: string) => void;
  /** Prints for a person what requires attention. */
  readonly warn: (line: string) => void;
  /** Abort it to cancel the start, which then ends at its next step with the signal's reason. */
  readonly signal: AbortSignal;
  /** Called when PostgreSQL or PgBouncer died and could not be restarted. */
  readonly onGivenUp: (error: Error) => void;
}

export interface LocalCloud {
  /** The URL of the HTTP API, such as `http://127.0.0.1:3000`. */
  readonly url: string;
  readonly stack: string;
  /** For a person: how functions reach the database. */
  readonly backend: string;
  readonly database: LocalDatabase;
  /** Metrics, alarms and messages. */
  readonly monitor: Monitor;
  /** The file of the functions' log. */
  readonly logFile: string;
  /** Accepts no more requests, lets those in progress end for up to 10 s, and stops everything. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Runs a synthesised app on this machine: PostgreSQL and PgBouncer, the backend's endpoints, the functions, schedules
 * and alarms of the template, and its HTTP API with `/_local` next to it.
 * @throws Error, with everything stopped again, if any part does not start
 */
export async function startLocalCloud(options: LocalCloudOptions): Promise<LocalCloud> {
  const { clock = systemClock, print, warn, signal, dataDirectory, onGivenUp } = options;
  const { names, pooler } = options.database;
  const assembling = Promise.resolve(options.assembly).then(readAssembly);
  // both are awaited below; until then a rejection must not count as unhandled
  assembling.catch(() => undefined);
  Promise.resolve(options.site).catch(() => undefined);
  await using started = new AsyncDisposableStack();
  const database = await startLocalDatabase({ dataDirectory, names, pooler, print, onGivenUp });
  started.defer(() => database.stop());
  signal.throwIfAborted();

  const account = localAccount(options.region);
  const { directory } = database.postgres;
  const backend = await startBackend(options.backend, { account, database, directory, now: Date.now });
  started.defer(() => backend.stop());
  const assembly = await assembling;
  signal.throwIfAborted();

  const log = openFunctionLog({ directory, show: warn });
  started.defer(() => log.close());
  const running = await runTemplate({
    ...{ assembly, account, backend, database, clock, print, warn },
    maxConnections: pooler.baseConnections + pooler.overflowConnections,
    variables: options.variables ?? (() => ({})),
    concurrency: options.concurrency,
    onLog: log.write,
  });
  started.defer(() => running.stop());
  try {
    const results = await running.deploy();
    await options.afterDeploy?.(results, database);
    await running.warm();
  } catch (error) {
    // a Ctrl-C in a terminal also reaches the environments, and ends those that are still starting
    signal.throwIfAborted();
    throw error;
  }
  const api = await serve(options, running, database);
  started.defer(() => api.stop());
  started.defer(running.start());
  signal.throwIfAborted();

  const all = started.move();
  let stopped: Promise<void> | undefined;
  return {
    url: api.url,
    stack: assembly.stack,
    backend: backend.description,
    database,
    monitor: running.monitor,
    logFile: log.file,
    stop: () => (stopped ??= all.disposeAsync()),
  };
}

/** Serves the HTTP API, the local cloud's own pages and the caller's site. */
async function serve(options: LocalCloudOptions, running: RunningTemplate, database: LocalDatabase): Promise<HttpApi> {
  const { describeFault, title, warn } = options;
  const site: Site = (await options.site) ?? (() => false);
  const { monitor } = running;
  const parts: LocalCloudParts = { database, monitor, pauseSchedule: (ending) => running.pauseSchedule(ending) };
  // a fault ends by the machine's clock, even if schedules and alarms use another one
  const faults = new Faults({ ...serverFaults(database), ...options.faults?.(parts) }, systemClock, warn);
  const pages = serveLocalPages({
    title,
    pages: { ...running.pages, ...options.pages, faults: () => faults.list() },
    actions: { ...running.actions, faults: faultsAction(faults) },
  });
  return startHttpApi({
    routes: running.api.routes,
    environments: running.environments,
    port: options.port,
    print: warn,
    onExchange: (record) => running.onExchange(record),
    ...(describeFault === undefined ? {} : { describeFault }),
    site: (request, response) =>
      refuseOtherSites(request, response) || pages(request, response) || site(request, response),
  });
}
