import type { Severity } from './page-facts.ts';

/** What a page says, before it has the form of a recipient. */
export interface OnCallPage {
  readonly severity: Severity;
  /** `trigger` begins an incident or repeats that it lasts, `resolve` ends it, `inform` is about something without an end. */
  readonly action: 'trigger' | 'resolve' | 'inform';
  /** What is broken: distinguishes incidents, and is the same at their end. */
  readonly incident: { readonly family: string; readonly subject: string };
  /** `tick-store eu-central-1` */
  readonly place: string;
  /** `database unreachable since 03:12:04Z` */
  readonly headline: string;
  /** `41 requests got 503 in the last minute.`; empty if it is not known. */
  readonly impact: string;
  readonly at: Date;
  /** Of a `trigger` that is late: what it is about has ended, so whoever keeps incidents must not keep it open. */
  readonly isOver?: true;
  /** Lines by their titles, in the order in which they are read: First, Affected, Runbook, … */
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

/** The sentence that stands first everywhere. */
export const sentenceOf = (page: OnCallPage): string => `[${labelOf(page)}] ${page.place}: ${page.headline}`;
