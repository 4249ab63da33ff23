/**
 * What the stack knows about its alarms, for the text of a page. It is a file next to the function's code, written when the
 * stack is synthesised. It holds no recipient's address and no secret.
 */

export const SEVERITIES = ['warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What one alarm means. */
export interface AlarmFacts {
  /** What can be wrong: `database-unreachable`. All alarms of a subject belong to one incident. */
  readonly subject: string;
  /** The group of subjects that are paged together: `unreachable`. */
  readonly family: string;
  readonly severity: Severity;
  /** The symptom: `Database unreachable`. */
  readonly title: string;
  /** What to do before anything else, in a sentence. */
  readonly first: string;
  /** Where to look first: a command, a query or a request, in backticks. A family has none. */
  readonly look?: string;
  /** Who is affected, in a sentence. */
  readonly affects: string;
  /** The unit of its metric: `milliseconds`. Empty if the metric is either 0 or 1. */
  readonly unit: string;
  /** The anchor of its section in the runbook. */
  readonly section: string;
  /** The length of its evaluation period. A composite has none. Seconds. */
  readonly periodSeconds?: number;
  /** Whether its own message becomes a page. Otherwise the message of a composite does. */
  readonly pages: boolean;
}

/** See the comment at the top of this file. */
export interface PageFacts {
  /** The service's name. Names of its resources begin with it. */
  readonly service: string;
  /** The runbook's URL. Each section has an anchor. */
  readonly runbookUrl: string;
  /** Who is responsible for pages of each severity, if the configuration names them. */
  readonly owners: Readonly<Partial<Record<Severity, string>>>;
  /** By the alarm's full name. It includes alarms that page nobody themselves, because a family's page describes them. */
  readonly alarms: Readonly<Record<string, AlarmFacts>>;
}
