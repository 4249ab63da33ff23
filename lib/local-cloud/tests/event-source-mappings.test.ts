import { describe, expect, test } from 'vitest';
import type { Resource } from '../cloudformation/resource.ts';
import { EventSourceMappings } from '../lambda/event-source-mappings.ts';
import { failure, type InvocationResult } from '../lambda/execution-environment.ts';
import { ManualClock } from '../machine/clock.ts';
import { queuesOf } from '../messaging/local-queue.ts';

const ACCOUNT = { id: '000000000000', region: 'eu-central-1' };
const arnOf = (name: string) => `arn:aws:sqs:eu-central-1:000000000000:${name}`;
const SECOND = 1_000;
const MINUTE = 60_000;

const resource = (logicalId: string, type: string, properties: object): Resource => ({ logicalId, type, properties });
const QUEUE = {
  QueueName: 'work',
  VisibilityTimeout: 360,
  RedrivePolicy: { deadLetterTargetArn: arnOf('dead'), maxReceiveCount: 3 },
};
const MAPPING = { EventSourceArn: arnOf('work'), FunctionName: 'worker:live' };

interface Delivered {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** A queue, its dead letters and a worker that responds as a test says. */
function working(
  respond: (batch: readonly Delivered[], nth: number) => InvocationResult | Promise<InvocationResult>,
  { queue = {}, mapping = {} }: { queue?: object; mapping?: object } = {},
) {
  const clock = new ManualClock(Date.UTC(2026, 10, 26));
  const resources = [
    resource('Work', 'AWS::SQS::Queue', { ...QUEUE, ...queue }),
    resource('Dead', 'AWS::SQS::Queue', { QueueName: 'dead' }),
    resource('Mapping', 'AWS::Lambda::EventSourceMapping', { ...MAPPING, ...mapping }),
  ];
  const queues = queuesOf(resources, ACCOUNT);
  const batches: { at: number; bodies: string[]; receives: string[] }[] = [];
  const began = clock.now();
  const mappings = new EventSourceMappings({
    ...{ resources, clock, region: ACCOUNT.region, queues, functions: [{ name: 'worker', timeoutMs: 60_000 }] },
    invoke: async (name, payload) => {
      expect(name).toBe('worker');
      const { Records } = JSON.parse(payload) as { Records: Delivered[] };
      batches.push({
        at: clock.now() - began,
        bodies: Records.map(({ body }) => body),
        receives: Records.map(({ attributes }) => attributes['ApproximateReceiveCount'] ?? ''),
      });
      return respond(Records, batches.length);
    },
  });
  const [work, dead] = [...queues.values()];
  if (work === undefined || dead === undefined) throw new Error('there are two queues');
  return { clock, mappings, batches, work, dead };
}

const OK: InvocationResult = { ok: true, payload: null };
const FAILED = failure('error', 'Error', 'no');

describe('messages of a queue', () => {
  test('are passed in batches and deleted if the function succeeds', async () => {
    const { clock, mappings, batches, work } = working(() => OK, { mapping: { BatchSize: 2 } });
    for (const body of ['a', 'b', 'c']) work.send(body, clock.now());
    mappings.start();
    await clock.advance(SECOND);
    expect(batches.map(({ bodies }) => bodies)).toEqual([['a', 'b'], ['c']]);
    expect(work.messages(clock.now())).toEqual([]);
    work.send('d', clock.now());
    await clock.advance(SECOND);
    expect(batches.at(-1)?.bodies).toEqual(['d']);
    mappings.stop();
    work.send('e', clock.now());
    await clock.advance(MINUTE);
    expect(batches).toHaveLength(3);
  });

  test('are visible after the delay of the queue, and again after its visibility timeout if the function fails', async () => {
    const { clock, mappings, batches, work } = working((_, nth) => (nth === 1 ? FAILED : OK), {
      queue: { DelaySeconds: 60 },
    });
    mappings.start();
    work.send('a', clock.now());
    expect(work.counts(clock.now())).toEqual({ visible: 0, inFlight: 0, delayed: 1 });
    await clock.advance(MINUTE);
    expect(work.counts(clock.now())).toEqual({ visible: 0, inFlight: 1, delayed: 0 });
    await clock.advance(10 * MINUTE);
    expect(batches.map(({ at, receives }) => [at, receives])).toEqual([
      [MINUTE, ['1']],
      [7 * MINUTE, ['2']],
    ]);
    expect(work.messages(clock.now())).toEqual([]);
  });

  test('go to the dead-letter queue instead of one receive too many, with their original age', async () => {
    const { clock, mappings, batches, work, dead } = working(() => FAILED);
    const sentAt = new Date(clock.now()).toISOString();
    work.send('a', clock.now());
    mappings.start();
    await clock.advance(60 * MINUTE);
    expect(batches.map(({ at }) => at)).toEqual([0, 6 * MINUTE, 12 * MINUTE]);
    expect(work.messages(clock.now())).toEqual([]);
    expect(dead.messages(clock.now())).toEqual([{ sentAt, body: 'a' }]);
    expect(dead.counts(clock.now()).visible).toBe(1);
  });

  test.each<[string, (ids: readonly string[]) => unknown, string[]]>([
    ['one failed', ([first]) => ({ batchItemFailures: [{ itemIdentifier: first }] }), ['a']],
    ['none failed', () => ({ batchItemFailures: [] }), []],
    ['nothing', () => null, []],
    ['a message that is not in the batch', () => ({ batchItemFailures: [{ itemIdentifier: 'x' }] }), ['a', 'b']],
    ['an empty name', () => ({ batchItemFailures: [{ itemIdentifier: '' }] }), ['a', 'b']],
    ['something else', () => ({ batchItemFailures: 'a' }), ['a', 'b']],
  ])('of which the function reports %s', async (_, payload, left) => {
    const { clock, mappings, work } = working(
      (batch) => ({ ok: true, payload: payload(batch.map(({ messageId }) => messageId)) }),
      { mapping: { FunctionResponseTypes: ['ReportBatchItemFailures'] } },
    );
    for (const body of ['a', 'b']) work.send(body, clock.now());
    mappings.start();
    await clock.advance(SECOND);
    expect(work.messages(clock.now()).map(({ body }) => body)).toEqual(left);
  });

  test('run as many batches at once as the mapping allows, and no more', async () => {
    const open: (() => void)[] = [];
    const { clock, mappings, batches, work } = working(() => new Promise((resolve) => open.push(() => resolve(OK))), {
      mapping: { BatchSize: 1, ScalingConfig: { MaximumConcurrency: 2 } },
    });
    for (const body of ['a', 'b', 'c']) work.send(body, clock.now());
    mappings.start();
    const advancing = clock.advance(SECOND);
    await expect.poll(() => batches.length).toBe(2);
    expect(work.counts(clock.now())).toEqual({ visible: 1, inFlight: 2, delayed: 0 });
    open[0]?.();
    open[1]?.();
    await expect.poll(() => batches.length).toBe(3);
    open[2]?.();
    await advancing;
    expect(work.messages(clock.now())).toEqual([]);
  });
});

describe('is refused, with its name', () => {
  test.each<[string, Parameters<typeof working>[1], RegExp]>([
    ['a filter', { mapping: { FilterCriteria: {} } }, /^Mapping cannot be emulated: .*FilterCriteria/s],
    ['another source', { mapping: { EventSourceArn: 'arn:aws:kinesis:x' } }, /^Mapping polls arn:aws:kinesis:x/],
    ['another function', { mapping: { FunctionName: 'nobody' } }, /^Mapping invokes nobody/],
    [
      'a queue that is quicker than the function',
      { queue: { VisibilityTimeout: 59 } },
      /visibility timeout of work is less/,
    ],
    ['a FIFO queue', { queue: { FifoQueue: true } }, /^Work cannot be emulated: .*FifoQueue/s],
    [
      'a dead-letter queue that does not exist',
      { queue: { RedrivePolicy: { deadLetterTargetArn: arnOf('gone'), maxReceiveCount: 1 } } },
      /^The queue work names .*gone/,
    ],
  ])('%s', (_, given, message) => {
    expect(() => working(() => OK, given)).toThrow(message);
  });
});
