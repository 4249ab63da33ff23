import type { TestService } from '../support/service.ts';
import { type FuzzedRequest, generateRequest } from './generate-request.ts';
import { generateTwins } from './generate-twins.ts';
import { faultOf, leakIn, verdictsDiffer } from './judge-reply.ts';
import { Random } from './random.ts';
import { bytesOf, type RawReply, sendRaw } from './send-raw.ts';
import { Tally } from './tally.ts';

/** What a run of fuzzed requests came to. */
export interface FuzzReport {
  /** Responses by status. */
  readonly statuses: Record<number, number>;
  /** Requests that broke a rule, as text to repeat them by. */
  readonly faults: string[];
  readonly slowestMs: number;
}

export interface FuzzOptions {
  readonly runs: number;
  readonly seed: number;
  readonly atOnce?: number;
  /** Must not be in any log line. */
  readonly passwords?: readonly string[];
  /** Called every 50,000 requests with how many were sent, for a run that somebody watches. */
  readonly onProgress?: (sent: number, statuses: Readonly<Record<number, number>>) => void;
}

const PROGRESS_EVERY = 50_000;
/** Requests between two comparisons with the store, at least; a long run has a hundred comparisons. */
const PER_ROUND = 500;
const ROUNDS = 100;
/** One record in all formats is sent so often: once per so many requests. */
const TWINS_EVERY = 8;
const MAX_FAULTS = 10;
/** For how long a run looks for requests that make the store differ, in all. */
const SEARCH_MS = 60_000;

/** Requests that are sent one after the other: mostly one; or one record in every format. */
type Case = readonly FuzzedRequest[];

/**
 * Sends requests that are generated from a seed, several at once, and judges each response: no 5xx, every refusal a problem document
 * with its request id, one verdict per record in all formats, nothing of a request in a log line. After each round the store must
 * hold the rows and operations that responses have named, and the laws of its ledger; if it does not, the round is sent again
 * one by one until a request is found that does it.
 */
export async function runFuzz(service: TestService, options: FuzzOptions): Promise<FuzzReport> {
  const { runs, seed, atOnce = 4, passwords = [], onProgress } = options;
  const random = new Random(seed);
  const report: FuzzReport & { slowestMs: number } = { statuses: {}, faults: [], slowestMs: 0 };
  const judge = new Judge(service, await Tally.of(service), report, passwords);
  const perRound = Math.max(PER_ROUND, Math.ceil(runs / ROUNDS));
  let number = 0;
  while (number < runs && report.faults.length < MAX_FAULTS) {
    const round: { readonly number: number; readonly requests: Case }[] = [];
    const until = Math.min(runs, number + perRound);
    const worker = async () => {
      while (number < until && report.faults.length < MAX_FAULTS) {
        const requests = random.below(TWINS_EVERY) === 0 ? generateTwins(random) : [generateRequest(random)];
        round.push({ number, requests });
        const first = number;
        number += requests.length;
        if (Math.floor(number / PROGRESS_EVERY) > Math.floor(first / PROGRESS_EVERY))
          onProgress?.(number, report.statuses);
        await judge.send(first, requests);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    const differences = await judge.tally.differences();
    if (differences.length > 0) report.faults.push(await judge.find(round, differences.join('\n')));
  }
  return report;
}

class Judge {
  readonly #service: TestService;
  readonly tally: Tally;
  readonly #report: FuzzReport & { slowestMs: number };
  readonly #passwords: readonly string[];
  readonly #port: number;
  #searchMs = SEARCH_MS;

  constructor(
    service: TestService,
    tally: Tally,
    report: FuzzReport & { slowestMs: number },
    passwords: readonly string[],
  ) {
    this.#service = service;
    this.tally = tally;
    this.#report = report;
    this.#passwords = passwords;
    this.#port = Number(new URL(service.url).port);
  }

  async send(number: number, requests: Case): Promise<void> {
    const fault = (what: string, request = requests[0] as FuzzedRequest) =>
      this.#report.faults.push(`${number}: ${what}\n${textOf(request)}`);
    const replies: RawReply[] = [];
    for (const request of requests) {
      const reply = await sendRaw(this.#port, [bytesOf(request)]).catch((error: Error) => error);
      // what the functions log is kept for tests that look at it
      const leak = leakIn(this.#service.logs.splice(0), this.#passwords);
      if (leak !== undefined) fault(`${leak}\nafter this request, or one at the same time`, request);
      const wrong = reply instanceof Error ? reply.message : faultOf(request, reply);
      if (wrong !== undefined) fault(wrong, request);
      if (reply instanceof Error) return;
      this.#count(reply);
      this.tally.add(request, reply);
      replies.push(reply);
    }
    const differ = verdictsDiffer(replies);
    if (differ !== undefined) fault(differ);
  }

  #count({ statuses: [status = 0], ms }: RawReply): void {
    this.#report.slowestMs = Math.max(this.#report.slowestMs, ms);
    this.#report.statuses[status] = (this.#report.statuses[status] ?? 0) + 1;
  }

  /** The first of a round's requests that makes the store differ when it is sent alone. */
  async find(
    round: readonly { readonly number: number; readonly requests: Case }[],
    difference: string,
  ): Promise<string> {
    const [first, last] = [round[0]?.number, round.at(-1)?.number];
    const began = performance.now();
    for (const { number, requests } of round) {
      if (performance.now() - began > this.#searchMs) break;
      const before = this.#report.faults.length;
      await this.send(number, requests);
      this.#report.faults.length = before;
      const again = await this.tally.differences();
      if (again.length === 0) continue;
      this.#searchMs -= performance.now() - began;
      return `${number}, alone: ${again.join('\n')}\n${requests.map(textOf).join('\n')}\nfirst: ${difference}`;
    }
    this.#searchMs -= performance.now() - began;
    return `${first} to ${last}, none of them alone, or not all tried: ${difference}`;
  }
}

const textOf = (request: FuzzedRequest): string => bytesOf(request).toString('latin1').slice(0, 2_000);
