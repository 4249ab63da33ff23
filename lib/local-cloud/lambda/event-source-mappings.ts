import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Resource } from '../cloudformation/resource.ts';
import type { Clock } from '../machine/clock.ts';
import type { LocalQueue, ReceivedMessage } from '../messaging/local-queue.ts';
import type { InvocationResult } from './execution-environment.ts';
import { functionNameOf } from './function-definitions.ts';

interface EventSourceMappingsOptions {
  readonly resources: readonly Resource[];
  readonly clock: Clock;
  readonly region: string;
  readonly queues: ReadonlyMap<string, LocalQueue>;
  /** All functions, with their timeouts. */
  readonly functions: readonly { readonly name: string; readonly timeoutMs: number }[];
  /** Runs a function once; `payload` is JSON. */
  readonly invoke: (functionName: string, payload: string) => Promise<InvocationResult>;
}

/** Filters, batching windows, destinations and sources other than queues are not emulated, so they are refused. */
const properties = z.strictObject({
  EventSourceArn: z.string(),
  FunctionName: z.string(),
  BatchSize: z.coerce.number().int().min(1).max(10).default(10),
  Enabled: z.coerce.boolean().default(true),
  FunctionResponseTypes: z.array(z.literal('ReportBatchItemFailures')).default([]),
  ScalingConfig: z.strictObject({ MaximumConcurrency: z.coerce.number().int().min(2).max(1000).optional() }).optional(),
  Tags: z.unknown().optional(),
});

/** The number of pollers that Lambda starts with. It adds more while messages wait, which is not emulated. */
const POLLERS = 5;

/**
 * `AWS::Lambda::EventSourceMapping` for queues: visible messages are passed to the function in batches, and deleted if
 * the function succeeds. The others become visible again after the queue's visibility timeout, and go to the
 * dead-letter queue by the redrive policy.
 *
 * Not emulated: Lambda retries a throttled batch while it is hidden, whereas here it waits like a failed one. Polls are
 * immediate and cost nothing.
 */
export class EventSourceMappings {
  readonly #mappings: readonly QueueMapping[];

  /** @throws Error that names the resource, for a setting that is not emulated or that Lambda refuses */
  constructor(options: EventSourceMappingsOptions) {
    this.#mappings = options.resources
      .filter(({ type }) => type === 'AWS::Lambda::EventSourceMapping')
      .map((resource) => mappingOf(resource, options))
      .filter((mapping) => mapping !== undefined);
  }

  start(): void {
    for (const mapping of this.#mappings) mapping.start();
  }

  /** Lets batches in progress finish and starts no new ones. */
  stop(): void {
    for (const mapping of this.#mappings) mapping.stop();
  }
}

function mappingOf(
  { logicalId, properties: given }: Resource,
  options: EventSourceMappingsOptions,
): QueueMapping | undefined {
  const found = properties.safeParse(given);
  if (!found.success) throw new Error(`${logicalId} cannot be emulated: ${z.prettifyError(found.error)}`);
  const { EventSourceArn: arn, FunctionName, Enabled, ...rest } = found.data;
  const queue = options.queues.get(arn);
  if (queue === undefined) throw new Error(`${logicalId} polls ${arn}, which is not a queue of the template`);
  const functionName = functionNameOf(FunctionName);
  const called = options.functions.find(({ name }) => name === functionName);
  if (called === undefined)
    throw new Error(`${logicalId} invokes ${functionName}, which is not a function of the template`);
  if (queue.visibilityTimeoutMs < called.timeoutMs)
    throw new Error(
      `${logicalId}: the visibility timeout of ${queue.name} is less than the timeout of ${functionName}`,
    );
  if (!Enabled) return undefined;
  const deadLetters = queue.redrive === undefined ? undefined : options.queues.get(queue.redrive.deadLetterArn);
  return new QueueMapping({
    ...{ queue, functionName, deadLetters, clock: options.clock, region: options.region, invoke: options.invoke },
    batchSize: rest.BatchSize,
    most: rest.ScalingConfig?.MaximumConcurrency ?? POLLERS,
    reportsFailures: rest.FunctionResponseTypes.length > 0,
  });
}

interface MappingOptions extends Pick<EventSourceMappingsOptions, 'clock' | 'region' | 'invoke'> {
  readonly queue: LocalQueue;
  readonly deadLetters: LocalQueue | undefined;
  readonly functionName: string;
  readonly batchSize: number;
  /** The largest number of batches at once. */
  readonly most: number;
  readonly reportsFailures: boolean;
}

class QueueMapping {
  readonly #options: MappingOptions;
  #underWay = 0;
  #isRunning = false;
  #unwatch = () => {};
  #cancel = () => {};

  constructor(options: MappingOptions) {
    this.#options = options;
  }

  start(): void {
    this.#isRunning = true;
    this.#unwatch = this.#options.queue.watch(() => this.#plan());
    this.#plan();
  }

  stop(): void {
    this.#isRunning = false;
    this.#unwatch();
    this.#cancel();
  }

  #plan(): void {
    this.#cancel();
    const { queue, clock, most } = this.#options;
    const next = queue.nextVisibleAt();
    if (!this.#isRunning || next === undefined || this.#underWay >= most) return;
    this.#cancel = clock.at(Math.max(next, clock.now()), () => this.#poll());
  }

  /** Resolves when the batches that it has received are done. */
  async #poll(): Promise<void> {
    const { queue, clock, batchSize, most, deadLetters } = this.#options;
    const batches: Promise<void>[] = [];
    while (this.#isRunning && this.#underWay < most) {
      const batch = queue.receive(clock.now(), batchSize, deadLetters);
      if (batch.length === 0) break;
      batches.push(this.#run(batch));
    }
    this.#plan();
    await Promise.all(batches);
  }

  async #run(batch: readonly ReceivedMessage[]): Promise<void> {
    const { queue, functionName, invoke, reportsFailures } = this.#options;
    this.#underWay += 1;
    try {
      const result = await invoke(functionName, JSON.stringify({ Records: batch.map((one) => this.#recordOf(one)) }));
      const failed = result.ok ? (reportsFailures ? failuresIn(result.payload, batch) : []) : batch;
      for (const message of batch) if (!failed.includes(message)) queue.delete(message.receiptHandle);
    } finally {
      this.#underWay -= 1;
      this.#plan();
    }
  }

  #recordOf({ messageId, receiptHandle, body, receives, sentAt, firstReceivedAt }: ReceivedMessage): object {
    return {
      ...{ messageId, receiptHandle, body },
      attributes: {
        ApproximateReceiveCount: String(receives),
        SentTimestamp: String(Date.parse(sentAt)),
        SenderId: 'local',
        ApproximateFirstReceiveTimestamp: String(Date.parse(firstReceivedAt)),
      },
      messageAttributes: {},
      md5OfBody: createHash('md5').update(body).digest('hex'),
      eventSource: 'aws:sqs',
      eventSourceARN: this.#options.queue.arn,
      awsRegion: this.#options.region,
    };
  }
}

const report = z.object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string().min(1) })).nullish() });

/**
 * An empty report means success, as in Lambda. A report that cannot be read, or that names no message of the batch,
 * means that all failed.
 */
function failuresIn(payload: unknown, batch: readonly ReceivedMessage[]): readonly ReceivedMessage[] {
  const found = report.safeParse(payload ?? {});
  if (!found.success) return batch;
  const names = (found.data.batchItemFailures ?? []).map(({ itemIdentifier }) => itemIdentifier);
  const failed = batch.filter(({ messageId }) => names.includes(messageId));
  return failed.length === new Set(names).size ? failed : batch;
}
