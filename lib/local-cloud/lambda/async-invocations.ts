import { randomUUID } from 'node:crypto';
import type { Resource } from '../cloudformation/resource.ts';
import type { Clock } from '../machine/clock.ts';
import type { LocalQueue } from '../messaging/local-queue.ts';
import type { Publication } from '../messaging/sns.ts';
import type { InvocationFailure, InvocationResult } from './execution-environment.ts';
import { functionNameOf, qualifierOf } from './function-definitions.ts';

interface AsyncInvocationsOptions {
  readonly resources: readonly Resource[];
  readonly clock: Clock;
  readonly queues: ReadonlyMap<string, LocalQueue>;
  /** Publishes to a topic that is a failure destination. @throws Error if there is no such topic */
  readonly topics?: { checkTopic(arn: string): void; publish(arn: string, what: Publication): string };
  /** Runs a function once; `payload` is JSON. */
  readonly invoke: (functionName: string, payload: string) => Promise<InvocationResult>;
  /** Prints a line for a person when an event has failed permanently. */
  readonly warn: (line: string) => void;
}

interface RetryRule {
  readonly retries: number;
  readonly maxAgeMs: number;
  readonly onFailure: string | undefined;
}

interface Event {
  readonly id: string;
  readonly target: string;
  readonly payload: string;
  readonly acceptedAt: number;
  readonly invocations: number;
  readonly throttles: number;
}

type Condition = 'RetriesExhausted' | 'EventAgeExceeded';

/** Lambda's defaults for asynchronous invocations. */
const DEFAULT_RETRIES = 2;
const DEFAULT_MAX_AGE_SECONDS = 21_600;
/** After an error, Lambda retries after 1 minute and after 2 more. */
const RETRY_PAUSE_MS = 60_000;
/** After a throttle, it retries after 1 s and then after growing pauses of up to 5 minutes. */
const THROTTLE_PAUSE_MS = 1_000;
const LONGEST_THROTTLE_PAUSE_MS = 300_000;

/**
 * Lambda's asynchronous invocations. An event is accepted at once and run when possible. If the function fails, the
 * event is retried by the rules of `AWS::Lambda::EventInvokeConfig`. If all retries fail, it goes to the failure
 * destination.
 */
export class AsyncInvocations {
  readonly #options: AsyncInvocationsOptions;
  readonly #rules: ReadonlyMap<string, RetryRule>;
  readonly #waiting = new Set<() => void>();
  #isStopped = false;

  /** @throws Error for a destination that is not a queue or a topic of the template */
  constructor(options: AsyncInvocationsOptions) {
    this.#options = options;
    this.#rules = new Map(
      options.resources
        .filter(({ type }) => type === 'AWS::Lambda::EventInvokeConfig')
        .map(({ properties }) => {
          const key = `${functionNameOf(properties['FunctionName'])}:${properties['Qualifier']}`;
          const onFailure: string | undefined = properties['DestinationConfig']?.OnFailure?.Destination;
          if (onFailure !== undefined && !options.queues.has(onFailure)) checkTopic(onFailure, options);
          const retries = Number(properties['MaximumRetryAttempts'] ?? DEFAULT_RETRIES);
          const maxAgeMs = Number(properties['MaximumEventAgeInSeconds'] ?? DEFAULT_MAX_AGE_SECONDS) * 1000;
          return [key, { retries, maxAgeMs, onFailure }];
        }),
    );
  }

  /** Accepts an event. Resolves when the first attempt has ended; further attempts follow on the clock. */
  async send(target: string, payload: string): Promise<void> {
    const acceptedAt = this.#options.clock.now();
    await this.#attempt({ id: randomUUID(), target, payload, acceptedAt, invocations: 0, throttles: 0 });
  }

  /** Stops all retries. From now on an event that fails is dropped. */
  stop(): void {
    this.#isStopped = true;
    for (const cancel of this.#waiting) cancel();
    this.#waiting.clear();
  }

  async #attempt(event: Event): Promise<void> {
    const result = await this.#options.invoke(functionNameOf(event.target), event.payload);
    if (result.ok || this.#isStopped) return;
    const rule = this.#ruleOf(event.target);
    const isThrottled = result.reason === 'throttled' || result.reason === 'queue-timeout';
    if (isThrottled) {
      const pause = Math.min(THROTTLE_PAUSE_MS * 2 ** event.throttles, LONGEST_THROTTLE_PAUSE_MS);
      this.#again({ ...event, throttles: event.throttles + 1 }, pause, rule, result);
      return;
    }
    const tried = { ...event, invocations: event.invocations + 1 };
    if (tried.invocations > rule.retries) this.#giveUp(tried, rule, result, 'RetriesExhausted');
    else this.#again(tried, RETRY_PAUSE_MS * tried.invocations, rule, result);
  }

  #again(event: Event, pauseMs: number, rule: RetryRule, last: InvocationFailure): void {
    const { clock } = this.#options;
    const at = clock.now() + pauseMs;
    if (at - event.acceptedAt > rule.maxAgeMs) {
      this.#giveUp(event, rule, last, 'EventAgeExceeded');
      return;
    }
    const cancel = clock.at(at, () => {
      this.#waiting.delete(cancel);
      return this.#attempt(event);
    });
    this.#waiting.add(cancel);
  }

  #giveUp(event: Event, rule: RetryRule, last: InvocationFailure, condition: Condition): void {
    const { queues, topics, clock, warn } = this.#options;
    const queue = rule.onFailure === undefined ? undefined : queues.get(rule.onFailure);
    const record = JSON.stringify(failureRecord(event, last, condition, clock.now()));
    queue?.send(record, clock.now());
    const isTopic = queue === undefined && rule.onFailure !== undefined;
    if (isTopic) topics?.publish(rule.onFailure, { subject: 'AWS Lambda failure destination', message: record });
    const where =
      queue !== undefined ? `in the queue ${queue.name}` : isTopic ? `sent to ${rule.onFailure}` : 'dropped';
    warn(`${functionNameOf(event.target)} failed permanently (${last.reason}): its event is ${where}`);
  }

  #ruleOf(target: string): RetryRule {
    const rule = this.#rules.get(`${functionNameOf(target)}:${qualifierOf(target) ?? '$LATEST'}`);
    return rule ?? { retries: DEFAULT_RETRIES, maxAgeMs: DEFAULT_MAX_AGE_SECONDS * 1000, onFailure: undefined };
  }
}

function checkTopic(arn: string, { topics }: AsyncInvocationsOptions): void {
  if (topics === undefined) throw new Error(`The failure destination ${arn} is not a queue of the template`);
  topics.checkTopic(arn);
}

/** The record that Lambda sends to a destination. */
function failureRecord(event: Event, last: InvocationFailure, condition: Condition, now: number) {
  const { id: requestId, target: functionArn, payload, invocations } = event;
  return {
    version: '1.0',
    timestamp: new Date(now).toISOString(),
    requestContext: { requestId, functionArn, condition, approximateInvokeCount: invocations },
    requestPayload: JSON.parse(payload) as unknown,
    ...(invocations === 0
      ? {}
      : {
          responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
          responsePayload: last.error ?? null,
        }),
  };
}
