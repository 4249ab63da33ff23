import type { DatabaseBackend } from '../config/database-backend.ts';
import type { Severity, Timing } from '../constructs/alarms/definition.ts';

/** The operations of a drill on a running service, all over HTTP. */
export interface DrillTarget {
  /** Calls the API. @throws Error for a response that is not a success */
  readonly call: (method: string, path: string, body?: object) => Promise<unknown>;
  /**
   * Makes the service inject one of its own faults, by its name in `/_local/faults`.
   * @throws Error if it cannot be injected
   */
  readonly injectFault: (fault: string) => Promise<InjectedFault>;
}

/** An active fault. */
export interface InjectedFault {
  /** Ends the fault. Resolves when everything works as before. */
  lift(): Promise<void>;
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface Drill {
  /** The name for `npm run drill -- NAME`. */
  readonly name: string;
  /** What the drill does, in a sentence. */
  readonly what: string;
  /** The severity of the topic that pages. */
  readonly severity: Severity;
  /** The alarms or composite alarms whose message is the page, without the service's name. Any of them counts. */
  readonly pages: readonly string[];
  /** Metric alarms that may cause the page, without the service's name. Any of them counts. */
  readonly alarms: readonly string[];
  /** Whether its fault reaches functions only through a pooler. */
  readonly needsPooler?: boolean;
  /** Latest page, from the injection of the fault. */
  readonly pageWithinSeconds: number;
  /** Latest all-clear, from the end of the fault. */
  readonly clearWithinSeconds: number;
  /** @throws Error if the fault cannot be injected; then it leaves nothing behind */
  inject(target: DrillTarget): Promise<InjectedFault>;
}

/** Whether the drill has an effect with this database backend: the Data API uses no pooler. */
export const appliesTo = ({ needsPooler = false }: Drill, backend: DatabaseBackend): boolean =>
  !(needsPooler && backend === 'data-api');

/** The longest wait for the next sample, and the longest time until the sample detects the fault. */
const SAMPLE_SECONDS = 30 + 10;
/** The wait for the next evaluation, at most one minute, which also covers the rest of a period that has begun. */
const EVALUATION_SECONDS = 60;
/** How long the alarm of a consequence waits for the alarm of its cause. */
const WAIT_SECONDS = 20;
/** Allowance for a busy machine. */
const SLACK_SECONDS = 30;

/** The deadline of a page, from the timing of its alarm. */
export const pageWithin = ({ periodSeconds, datapoints }: Timing): number =>
  SAMPLE_SECONDS + datapoints * periodSeconds + EVALUATION_SECONDS + WAIT_SECONDS + SLACK_SECONDS;

/** The deadline of the all-clear: all periods must be clear again, plus two more if data arrived late. */
export const clearWithin = ({ periodSeconds, periods }: Timing): number =>
  SAMPLE_SECONDS + (periods + 2) * periodSeconds + EVALUATION_SECONDS + WAIT_SECONDS + SLACK_SECONDS;
