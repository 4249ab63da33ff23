import type { ExchangeRecord } from './api-gateway/responder.ts';
import { apiOf, type CloudApi } from './api-gateway/template-routes.ts';
import { type AwsService, startAwsEndpoint } from './aws-api/aws-endpoint.ts';
import { secretsManager } from './aws-api/secrets-manager.ts';
import type { BackendEndpoints, StartedBackend } from './backends/backend.ts';
import type { LocalAccount } from './cloudformation/account.ts';
import { accountVariables } from './cloudformation/account.ts';
import type { Assembly } from './cloudformation/assembly.ts';
import { coverageIn, isRun } from './cloudformation/coverage.ts';
import type { Resource } from './cloudformation/resource.ts';
import { resolveTemplate } from './cloudformation/template.ts';
import { silencesAction } from './cloudwatch/alarms/silences.ts';
import { cloudWatchResponse } from './cloudwatch/cloudwatch-api.ts';
import { DESCRIBE_ALARMS, describeAlarms } from './cloudwatch/describe-alarms.ts';
import { metricPages } from './cloudwatch/metric-pages.ts';
import { createMonitor, type Monitor } from './cloudwatch/monitor.ts';
import { NativeMetrics } from './cloudwatch/native-metrics.ts';
import { AsyncInvocations } from './lambda/async-invocations.ts';
import { EventSourceMappings } from './lambda/event-source-mappings.ts';
import type { InvocationResult } from './lambda/execution-environment.ts';
import { ExecutionEnvironments } from './lambda/execution-environments.ts';
import { functionNameOf, functionsOf } from './lambda/function-definitions.ts';
import type { Clock } from './machine/clock.ts';
import type { LocalAction, LocalPage } from './machine/local-page.ts';
import { snsApi } from './messaging/sns-api.ts';
import { sqsApi } from './messaging/sqs-api.ts';
import { Scheduler } from './scheduler/scheduler.ts';
import type { LocalDatabase } from './servers/local-database.ts';

/** Variables that a function gets in addition to the template's and AWS' own, or that override them. */
export type LocalVariables = (
  template: Readonly<Record<string, string>>,
  endpoints: BackendEndpoints,
) => Readonly<Record<string, string>>;

export interface TemplateOptions {
  readonly assembly: Assembly;
  readonly account: LocalAccount;
  readonly backend: StartedBackend;
  readonly database: LocalDatabase;
  /** Server connections that the pooler may open. */
  readonly maxConnections: number;
  readonly variables: LocalVariables;
  readonly clock: Clock;
  /** The largest number of processes per function. */
  readonly concurrency: number;
  /** Receives each line that a function writes. */
  readonly onLog: (line: string, functionName: string) => void;
  /** Prints for a person what happened, such as a published message. */
  readonly print: (line: string) => void;
  /** Prints for a person what requires attention. */
  readonly warn: (line: string) => void;
}

/** The running template, without its HTTP server: `startHttpApi` serves `api` with `environments`. */
export interface RunningTemplate {
  readonly resources: readonly Resource[];
  readonly environments: ExecutionEnvironments;
  readonly api: CloudApi;
  readonly monitor: Monitor;
  /** Counts a request that the API responded to, for its metrics. */
  onExchange(record: ExchangeRecord): void;
  /** Keeps schedules whose names have this ending from running, for a drill. @returns a function that ends the pause */
  pauseSchedule(ending: string): () => void;
  /** Pages of `/_local`, by name. */
  readonly pages: Readonly<Record<string, LocalPage>>;
  /** Actions below `/_local`, by name. */
  readonly actions: Readonly<Record<string, LocalAction>>;
  /**
   * Runs the template's triggers, as a deployment does before the first request.
   * @returns what each function returned
   * @throws Error that names the function that failed
   */
  deploy(): Promise<unknown[]>;
  /** Starts an environment for every function that a route or a schedule invokes. */
  warm(): Promise<void>;
  /**
   * Starts schedules and the evaluation of alarms.
   * @returns a function that ends both; call it before the environments are stopped
   */
  start(): () => void;
  stop(): Promise<void>;
}

/** How long an invocation waits for a process on this machine before it is refused with 429. */
const QUEUE_TIMEOUT_MS = 20_000;

/**
 * Builds the local cloud from a synthesised template.
 * @throws Error that names what cannot be run
 */
export async function runTemplate(options: TemplateOptions): Promise<RunningTemplate> {
  const { assembly, account, backend, clock, print, warn } = options;
  const { template, assets, stack } = assembly;
  const identity = { account: account.id, region: account.region };
  const resources = resolveTemplate(template, { ...identity, stack, values: backend.values, isRun });
  const monitor = createMonitor({
    ...{ ...identity, resources, clock, print },
    functionsNow: Date.now,
    send: (target, payload) => events.send(target, payload),
  });
  const { queues } = monitor;
  const api = apiOf(resources);

  await using started = new AsyncDisposableStack();
  const endpoint = await startAwsEndpoint(account, servicesOf(monitor, backend, clock), Date.now);
  started.defer(() => endpoint.stop());
  const { definitions, aliases } = functionsOf(resources, assets, (variables) => ({
    ...accountVariables(account),
    AWS_ENDPOINT_URL: endpoint.url,
    ...backend.variables,
    ...options.variables(variables, backend.endpoints),
  }));
  const native = new NativeMetrics({
    ...{ resources, clock, aliases, api, queues },
    metrics: monitor.metrics,
    database: options.database,
    maxConnections: options.maxConnections,
    clusterId: backend.clusterId,
    refusedLogins: backend.refusedLogins?.bind(backend),
  });
  started.defer(() => native.stop());
  const environments = new ExecutionEnvironments({
    functions: definitions,
    concurrency: options.concurrency,
    queueTimeoutMs: QUEUE_TIMEOUT_MS,
    onLog: (line, name) => {
      options.onLog(line, name);
      monitor.functionLine(name, line);
    },
    onInvocation: (record) => native.invoked(record),
    now: () => clock.now(),
  });
  started.defer(() => environments.stop());
  const invoke = (name: string, payload: string) => environments.invokeSerialized(name, { json: payload });
  const events: AsyncInvocations = new AsyncInvocations({
    resources,
    clock,
    queues,
    topics: monitor.sns,
    invoke,
    warn,
  });
  const send = (target: string, payload: string) => events.send(target, payload);
  const scheduler = new Scheduler({ resources, account, clock, send });
  const mappings = new EventSourceMappings({
    ...{ resources, clock, queues, invoke, functions: definitions, region: account.region },
  });

  const called = new Set([
    ...api.routes.map(({ functionName }) => functionName),
    ...scheduler.list().map(({ target }) => functionNameOf(target)),
  ]);
  const running = started.move();
  return {
    ...{ resources, environments, api, monitor },
    onExchange: (record) => native.exchanged(record),
    pauseSchedule: (ending) => scheduler.pause(ending),
    pages: {
      alarms: () => monitor.alarms.list(),
      messages: () => monitor.sns.messages(),
      metrics: () => monitor.metrics.list(),
      schedules: () => scheduler.list(),
      queues: () =>
        [...queues.values()].map((queue) => ({
          name: queue.name,
          ...queue.counts(clock.now()),
          messages: queue.messages(clock.now()),
        })),
      functions: () =>
        definitions.map(({ name, timeoutMs, memoryMb, reservedConcurrency = null }) => ({
          ...{ name, timeoutMs, memoryMb, reservedConcurrency },
        })),
      resources: () => coverageIn(template),
      ...metricPages(monitor),
    },
    actions: { silences: silencesAction(monitor.alarms.silences) },
    deploy: async () => {
      const results: unknown[] = [];
      for (const { type, properties } of resources)
        if (type === 'Custom::Trigger') results.push(await trigger(functionNameOf(properties['HandlerArn']), invoke));
      return results;
    },
    warm: async () => {
      await Promise.all([...called].map((name) => environments.warm(name)));
    },
    start: () => {
      native.start();
      monitor.start();
      scheduler.start();
      mappings.start();
      return () => {
        mappings.stop();
        scheduler.stop();
        events.stop();
        monitor.stop();
      };
    },
    stop: () => running.disposeAsync(),
  };
}

function servicesOf(monitor: Monitor, backend: StartedBackend, clock: Clock): AwsService[] {
  return [
    secretsManager(backend.secrets),
    snsApi(monitor.sns),
    sqsApi(monitor.queues, () => clock.now()),
    {
      signingName: 'monitoring',
      target: 'GraniteServiceVersion20100801',
      respond: (target: string, body: string) =>
        target === DESCRIBE_ALARMS
          ? describeAlarms(monitor.alarms.list(), body)
          : cloudWatchResponse(monitor.metrics, target, body),
    },
  ];
}

async function trigger(
  name: string,
  invoke: (name: string, payload: string) => Promise<InvocationResult>,
): Promise<unknown> {
  const result = await invoke(name, '{}');
  if (result.ok) return result.payload;
  throw new Error(`The function ${name} failed, so the API is not started: ${result.error?.errorMessage}`);
}
