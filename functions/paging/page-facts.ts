/**
 * What the stack knows of its alarms, for the words of a page: a file next to the function, made when the stack is
 * synthesised. It holds no address of a recipient and no secret.
 */

export const SEVERITIES = ['warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What one alarm means. */
export interface AlarmFacts {
  /** What can be wrong: `database-unreachable`. All alarms of a subject are one incident. */
  readonly subject: string;
  /** What is broken, for whom: `unreachable`. */
  readonly family: string;
  readonly severity: Severity;
  /** The symptom: `Database unreachable`. */
  readonly title: string;
  /** What to do before anything else, in a sentence. */
  readonly first: string;
  /** Where to look first: a command, a query or a request, in backticks. A family has none. */
  readonly look?: string;
  /** Who notices it, in a sentence. */
  readonly affects: string;
  /** Of what it measures: `milliseconds`; empty for what is either 0 or 1. */
  readonly unit: string;
  /** The section of the runbook, as an anchor. */
  readonly section: string;
  /** How long each of the periods is that it judges; a composite has none. Seconds. */
  readonly periodSeconds?: number;
  /** Whether its own message is the page; of the others, a composite's is. */
  readonly pages: boolean;
}

/** See the head of this file. */
export interface PageFacts {
  /** Names in the account begin with it. */
  readonly service: string;
  /** Where the runbook is. A section is an anchor in it. */
  readonly runbookUrl: string;
  /** Who is responsible for pages of a severity, if the configuration names somebody. */
  readonly owners: Readonly<Partial<Record<Severity, string>>>;
  /** By the alarm's full name; those that page nobody too, because they are what a page of a family is about. */
  readonly alarms: Readonly<Record<string, AlarmFacts>>;
}
