import type { DatabaseBackend } from '../config/database-backend.ts';
import type { Severity, Timing } from '../constructs/alarms/definition.ts';

/** What a drill may do to a running service, all of it over HTTP. */
export interface DrillTarget {
  /** Calls the API. @throws Error for a response that is not a success */
  readonly call: (method: string, path: string, body?: object) => Promise<unknown>;
  /**
   * Has the service inject a fault of its own, by the name that `/_local/faults` knows.
   * @throws Error if it cannot be brought about
   */
  readonly injectFault: (fault: string) => Promise<InjectedFault>;
}

/** A fault that is there. */
export interface InjectedFault {
  /** Ends it; resolves when all is as it was. */
  lift(): Promise<void>;
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface Drill {
  /** What `npm run drill -- NAME` calls it. */
  readonly name: string;
  /** What is done, in a sentence. */
  readonly what: string;
  /** Who is paged: the topic of this severity. */
  readonly severity: Severity;
  /** The alarms or composites whose message is the page, without the service's name: any is as good. */
  readonly pages: readonly string[];
  /** Metric alarms that may be the reason of the page: any is as good. Without the service's name. */
  readonly alarms: readonly string[];
  /** Whether its fault reaches functions only through a pooler. */
  readonly needsPooler?: boolean;
  /** From the fault to the page at the latest. */
  readonly pageWithinSeconds: number;
  /** From the end of the fault to the all-clear at the latest. */
  readonly clearWithinSeconds: number;
  /** @throws Error if the fault cannot be brought about; then nothing is left of it */
  inject(target: DrillTarget): Promise<InjectedFault>;
}

/** Whether the drill has an effect on a service of this backend: the Data API uses no pooler. */
export const appliesTo = ({ needsPooler = false }: Drill, backend: DatabaseBackend): boolean =>
  !(needsPooler && backend === 'data-api');

/** A sample is due this long after the fault at the latest, and takes this long to find out. */
const SAMPLE_SECONDS = 30 + 10;
/** The minute in which an evaluation comes, and the rest of a period that had begun. */
const EVALUATION_SECONDS = 60;
/** A consequence waits this long for its cause. */
const WAIT_SECONDS = 20;
/** For a busy machine. */
const SLACK_SECONDS = 30;

/** When a page must have come, by the timing of its alarm. */
export const pageWithin = ({ periodSeconds, datapoints }: Timing): number =>
  SAMPLE_SECONDS + datapoints * periodSeconds + EVALUATION_SECONDS + WAIT_SECONDS + SLACK_SECONDS;

/** When the all-clear must have come: all periods have to be clear again, and two more where data came late. */
export const clearWithin = ({ periodSeconds, periods }: Timing): number =>
  SAMPLE_SECONDS + (periods + 2) * periodSeconds + EVALUATION_SECONDS + WAIT_SECONDS + SLACK_SECONDS;
