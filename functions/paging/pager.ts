import type { Logger } from '../runtime/logger.ts';
import type { PageContext } from './compose-page.ts';
import type { PageTargets } from './deliver-page.ts';
import type { DeliveryLog } from './delivery-log.ts';
import type { PageFacts, Severity } from './page-facts.ts';

/** What the function keeps between invocations. */
export interface PagerServices {
  readonly facts: PageFacts;
  readonly recipients: PageTargets;
  /** ARNs of the topics that alarms publish to. */
  readonly alarmTopics: Readonly<Record<Severity, string>>;
  readonly region: string;
  readonly functionName: string;
  readonly dashboardUrl?: string | undefined;
  /** Which recipients already have which message. */
  readonly delivered: DeliveryLog;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** What pages are composed from, in addition to their notices. */
export const contextOf = ({ facts, region, functionName, dashboardUrl, now }: PagerServices): PageContext => ({
  ...{ facts, region, functionName, now: now() },
  ...(dashboardUrl === undefined ? {} : { dashboardUrl }),
});
