import type { Logger } from '../runtime/logger.ts';
import type { Surroundings } from './compose-page.ts';
import type { PageTargets } from './deliver-page.ts';
import type { HandedOn } from './handed-on.ts';
import type { PageFacts, Severity } from './page-facts.ts';

/** What the function keeps for its life. */
export interface PagerServices {
  readonly facts: PageFacts;
  readonly recipients: PageTargets;
  /** ARNs of the topics that alarms publish to. */
  readonly alarmTopics: Readonly<Record<Severity, string>>;
  readonly region: string;
  readonly functionName: string;
  readonly dashboardUrl?: string | undefined;
  /** Who has which message already. */
  readonly handedOn: HandedOn;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** What pages are made with. */
export const aroundOf = ({ facts, region, functionName, dashboardUrl, now }: PagerServices): Surroundings => ({
  ...{ facts, region, functionName, now: now() },
  ...(dashboardUrl === undefined ? {} : { dashboardUrl }),
});
