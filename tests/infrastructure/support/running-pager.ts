import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ManualClock, queueMetrics, readAssembly, resolveTemplate } from '@tick-store/local-cloud';
import { functionMetrics, type ProbeValues, probeMetrics } from '../../../functions/metrics/metric-catalogue.ts';
import { PAGER_RESOURCES, type RunningPager, startPager } from '../../support/pager.ts';
import { HEALTHY } from './monitor.ts';
import { CONFIGS, RUNBOOK, type Synthesised, stackOf, synthesise } from './stacks.ts';

const SECRET = 'tick-store/routing-key';
/** The routing key of PagerDuty in tests. */
export const ROUTING_KEY = 'R0UT1NG';

/** The owner of criticals in tests. */
export const OWNER = 'Data platform';

/** A stack whose criticals go to PagerDuty, and how its pager reaches an address of PagerDuty on this machine. */
export function withPagerDuty(url: string): [Synthesised, Partial<Parameters<typeof startPager>[0]>] {
  const critical = { pagerDuty: [`secret:${SECRET}`], owner: OWNER };
  const stack = synthesise({ ...CONFIGS.postgres, alerts: { runbookUrl: RUNBOOK, critical } });
  return [stack, { secrets: { [SECRET]: ROUTING_KEY }, variables: { PAGERDUTY_URL: url } }];
}

/**
 * The pager of a template, on a clock of its own. The function's own is the machine's.
 * @param more with `startAt`, in epoch milliseconds: where the clock begins. Default: now
 */
export async function running(
  { directory }: Synthesised = stackOf('postgres'),
  { startAt = Date.now(), ...more }: Partial<Parameters<typeof startPager>[0]> & { startAt?: number } = {},
) {
  const { template, assets, stack } = readAssembly(directory);
  const resources = resolveTemplate(template, {
    ...{ account: '000000000000', region: 'eu-central-1', stack, values: {} },
    isRun: (type) => /^AWS::(CloudWatch|SNS|SQS)::/.test(type) || PAGER_RESOURCES.test(type),
  });
  const clock = new ManualClock(Math.floor(startAt / 60_000) * 60_000);
  const pager = await startPager({ resources, assets, clock, ...more });
  stops.push(pager.stop);
  pager.monitor.start();
  const write = (line: string) =>
    pager.monitor.functionLine('', line.replace(/"Timestamp":\d+/, `"Timestamp":${clock.now()}`));
  const emitter = { service: 'tick-store', functionName: 'ingest' };
  const queues = () =>
    [...pager.monitor.queues.values()].map((queue) => ({
      name: queue.name,
      counts: queue.counts(clock.now()),
      messages: queue.messages(clock.now()),
    }));
  /** Half-minutes with a sample each. */
  const halfMinutes = async (count: number, values: ProbeValues) => {
    for (let nth = 0; nth < count; nth++) {
      await clock.advance(400);
      write(probeMetrics(values, emitter));
      for (const { name, counts } of queues()) pager.monitor.metrics.put(queueMetrics(name, counts, clock.now()));
      await clock.advance(29_600);
      await pager.settled();
    }
  };
  await halfMinutes(30, HEALTHY);
  const messagesIn = (wanted: string) =>
    (queues().find(({ name }) => name === wanted)?.messages ?? []).map(
      ({ body }) => JSON.parse(body) as Record<string, unknown>,
    );
  return {
    ...pager,
    clock,
    halfMinutes,
    /** What a person has to read. */
    undelivered: () => messagesIn('tick-store-undelivered-pages'),
    /** What PagerDuty has refused, and gets again. */
    refused: () => messagesIn('tick-store-refused-pages'),
    refuse: (values: object) => write(functionMetrics(values, emitter)),
  };
}

const stops: RunningPager['stop'][] = [];
const servers: Server[] = [];

/** Ends what tests have started. */
export async function stopPagers(): Promise<void> {
  for (const stop of stops.splice(0)) await stop();
  for (const server of servers.splice(0)) server.close();
}

/**
 * An address on this machine that speaks as PagerDuty's Events API does.
 * @param statusOf the status of the n-th response, counted from 1; `reset` cuts the connection
 */
export async function recipient(statusOf: (nth: number) => number | 'reset') {
  const received: Record<string, unknown>[] = [];
  const url = await startServer((event) => {
    received.push(event);
    const status = statusOf(received.length);
    return status === 'reset' ? 'reset' : { status, body: RESPONSES[status] ?? {} };
  });
  return { received, url: `${url}v2/enqueue` };
}

/**
 * A server of JSON on this machine, until `stopPagers`.
 * @param replyTo makes the response to a body, and to the header in which AWS services get the operation
 * @returns its address, with a slash at the end
 */
export async function startServer(
  replyTo: (body: Record<string, unknown>, target: string) => { status: number; body: object } | 'reset',
): Promise<string> {
  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    const body = JSON.parse(Buffer.concat(await Array.fromAsync(request)).toString());
    const reply = replyTo(body, String(request.headers['x-amz-target']));
    if (reply === 'reset') request.socket.destroy();
    else response.writeHead(reply.status, { 'Content-Type': 'application/json' }).end(JSON.stringify(reply.body));
  };
  const server = createServer((request, response) => void respond(request, response));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** What PagerDuty says besides the status. */
const RESPONSES: Readonly<Record<number, object>> = {
  202: { status: 'success', message: 'Event processed', dedup_key: 'as sent' },
  400: { status: 'invalid event', message: 'Event object is invalid', errors: ["'routing_key' is invalid"] },
  429: { status: 'throttle exceeded', message: 'Requests for this service are arriving too quickly.' },
};
