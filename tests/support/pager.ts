import {
  ACCOUNT_ID,
  AsyncInvocations,
  accountVariables,
  type Clock,
  cloudWatchResponse,
  createMonitor,
  DESCRIBE_ALARMS,
  describeAlarms,
  EventSourceMappings,
  ExecutionEnvironments,
  functionsOf,
  localAccount,
  type Monitor,
  type Resource,
  Scheduler,
  secretsManager,
  snsApi,
  sqsApi,
  startAwsEndpoint,
} from '@tick-store/local-cloud';

const REGION = 'eu-central-1';

/** The resources of a template that the pager needs, in addition to alarms, topics and queues. */
export const PAGER_RESOURCES =
  /^AWS::(Lambda::(Function|Alias|Version|EventInvokeConfig|EventSourceMapping)|Scheduler::Schedule)$/;

export interface RunningPager {
  readonly monitor: Monitor;
  /** Invokes the function, as a person who requests a page again. */
  invoke(payload: object): Promise<unknown>;
  /** Starts the schedule that repeats pages, on the test's clock. */
  startSchedule(): void;
  /** Resolves when no page is being sent. */
  settled(): Promise<void>;
  /** The pages that people got, newest first. */
  pages(): { topic: string; subject: string; message: string; byProtocol: Readonly<Record<string, string>> }[];
  stop(): Promise<void>;
}

export interface PagerOptions {
  readonly resources: readonly Resource[];
  readonly assets: ReadonlyMap<string, string>;
  readonly clock: Clock;
  readonly secrets?: Readonly<Record<string, string>>;
  /** Variables in place of the template's. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly account?: string;
  /** How many of its environments run at once. Default: 2 */
  readonly concurrency?: number;
}

/** Starts the monitor of a template with its pager, from the bundle that would be deployed, against the emulated AWS services. */
export async function startPager(options: PagerOptions): Promise<RunningPager> {
  const { clock, assets, secrets = {}, variables = {} } = options;
  const account = localAccount(REGION);
  const resources = options.resources.filter(
    ({ type, properties }) =>
      !PAGER_RESOURCES.test(type) || JSON.stringify(properties).match(/send-pages|repeat-pages/) !== null,
  );
  const underWay = new Set<Promise<void>>();
  const send = (target: string, payload: string) => {
    const work = events.send(target, payload);
    underWay.add(work);
    return work.finally(() => underWay.delete(work));
  };
  const monitor = createMonitor({
    account: ACCOUNT_ID,
    region: REGION,
    resources,
    clock,
    send,
    print: () => undefined,
  });
  const endpoint = await startAwsEndpoint(
    account,
    [
      secretsManager(secrets),
      snsApi(monitor.sns),
      sqsApi(monitor.queues, () => clock.now()),
      {
        signingName: 'monitoring',
        target: 'GraniteServiceVersion20100801',
        respond: (target, body) =>
          target === DESCRIBE_ALARMS
            ? describeAlarms(monitor.alarms.list(), body)
            : cloudWatchResponse(monitor.metrics, target, body),
      },
    ],
    Date.now,
  );
  const { definitions } = functionsOf(resources, assets, () => ({
    ...accountVariables(account),
    AWS_ENDPOINT_URL: endpoint.url,
    ...variables,
  }));
  const environments = new ExecutionEnvironments({
    functions: definitions,
    concurrency: options.concurrency ?? 2,
    queueTimeoutMs: 20_000,
    onLog: () => undefined,
  });
  const [pager] = definitions;
  if (pager === undefined) throw new Error('the template has no pager');
  const events = new AsyncInvocations({
    ...{ resources, clock, queues: monitor.queues, topics: monitor.sns },
    invoke: (name, payload) => environments.invokeSerialized(name, { json: payload }),
    warn: () => undefined,
  });
  const scheduler = new Scheduler({ resources, account, clock, send });
  const mappings = new EventSourceMappings({
    ...{ resources, clock, region: REGION, queues: monitor.queues, functions: definitions },
    invoke: (name, payload) => environments.invokeSerialized(name, { json: payload }),
  });
  mappings.start();
  return {
    monitor,
    invoke: async (payload) => {
      const result = await environments.invoke(pager.name, payload);
      if (!result.ok) throw new Error(`the pager failed: ${result.error?.errorMessage}`);
      return result.payload;
    },
    startSchedule: () => scheduler.start(),
    settled: async () => {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    pages: () => monitor.sns.messages().filter(({ topic }) => !topic.endsWith('-alarms')),
    stop: async () => {
      mappings.stop();
      scheduler.stop();
      events.stop();
      monitor.stop();
      await environments.stop();
      await endpoint.stop();
    },
  };
}
