import type { DatabaseBackend } from '../config/database-backend.ts';
import type { Severity, Timing } from '../constructs/alarms/definition.ts';
import type { HeldFault } from '../local-cloud/faults.ts';

/** What a drill may do to a service. */
export interface Patient {
  /** Of the HTTP API. */
  readonly url: string;
  /** Role tick_store_owner, past the pooler. */
  readonly ownerUrl: string;
  /** Role tick_store_app, through the pooler. */
  readonly appUrl: string;
  /** PgBouncer's console. */
  readonly adminUrl: string;
  /** Injects a fault that the service holds. @returns what lifts it; resolves when all is as it was */
  readonly hold: (fault: HeldFault) => Promise<() => Promise<void>>;
}

/** A fault that is there. */
export interface Injected {
  /** Ends it; resolves when all is as it was. */
  lift(): Promise<void>;
}

export interface Drill {
  /** What `npm run drill -- NAME` calls it. */
  readonly name: string;
  /** What is done, in a sentence. */
  readonly what: string;
  /** Who is told: the topic and the composite of this severity. */
  readonly severity: Severity;
  /** Alarms that may be the reason of the page: any is as good. Without the service's name. */
  readonly alarms: readonly string[];
  /** Whether its fault reaches functions through a pooler alone. */
  readonly needsPooler?: boolean;
  /** From the fault to the page at the latest. */
  readonly pageWithinSeconds: number;
  /** From the end of the fault to the all-clear at the latest. */
  readonly clearWithinSeconds: number;
  /** @throws Error where the fault cannot be brought about; then nothing is left of it */
  inject(patient: Patient): Promise<Injected>;
}

/** Whether the drill can show anything in a service of this backend: to the Data API no pooler is known. */
export const appliesTo = ({ needsPooler = false }: Drill, backend: DatabaseBackend): boolean =>
  !(needsPooler && backend === 'data-api');

/** A sample is due this long after the fault at the latest, and takes this long to find out. */
const SAMPLE_SECONDS = 30 + 10;
/** The minute in which an evaluation comes, and the rest of a period that had begun. */
const EVALUATION_SECONDS = 60;
/** A warning waits this long for a critical. */
const WAIT_SECONDS = 60;
/** Of a busy laptop. */
const SLACK_SECONDS = 30;

/** When a page must have come, by the timing of its alarm. */
export const pageWithin = ({ periodSeconds, datapoints }: Timing, severity: Severity): number =>
  SAMPLE_SECONDS +
  datapoints * periodSeconds +
  EVALUATION_SECONDS +
  (severity === 'warning' ? WAIT_SECONDS : 0) +
  SLACK_SECONDS;

/** When it must be over: all its periods have to be well again, and two more where data came late. */
export const clearWithin = ({ periodSeconds, periods }: Timing, severity: Severity): number =>
  SAMPLE_SECONDS +
  (periods + 2) * periodSeconds +
  EVALUATION_SECONDS +
  (severity === 'warning' ? WAIT_SECONDS : 0) +
  SLACK_SECONDS;
