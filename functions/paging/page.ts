import type { Severity } from './page-facts.ts';

/** The content of a page, before it is formatted for a recipient. */
export interface OnCallPage {
  readonly severity: Severity;
  /** `trigger` begins an incident or repeats it, `resolve` ends it, `inform` reports something that has no end. */
  readonly action: 'trigger' | 'resolve' | 'inform';
  /** What is broken. It identifies the incident, and is the same when the incident ends. */
  readonly incident: { readonly family: string; readonly subject: string };
  /** `tick-store eu-central-1` */
  readonly place: string;
  /** `database unreachable since 03:12:04Z` */
  readonly headline: string;
  /** `41 requests got 503 in the last minute.`; empty if unknown. */
  readonly impact: string;
  readonly at: Date;
  /** Set on a `trigger` that is late: the incident has already ended, so an incident manager must not leave it open. */
  readonly isOver?: true;
  /** Lines with their titles, in the order in which they are shown: First, Affected, Runbook, … */
  readonly lines: readonly (readonly [title: string, text: string])[];
  readonly runbook?: string;
  readonly dashboard: string;
  /** The alarm's full name. */
  readonly alarm?: string;
}

const LABELS = { critical: 'CRITICAL', warning: 'WARNING' } as const satisfies Record<Severity, string>;

/** `[CRITICAL]`, or `[OK]` for the end of an incident. */
export const labelOf = ({ action, severity }: Pick<OnCallPage, 'action' | 'severity'>): string =>
  action === 'resolve' ? 'OK' : LABELS[severity];

/** The first sentence of a page in every format. */
export const sentenceOf = (page: OnCallPage): string => `[${labelOf(page)}] ${page.place}: ${page.headline}`;
