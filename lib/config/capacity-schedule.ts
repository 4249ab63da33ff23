import * as z from 'zod';

/** ACUs come in halves. An ACU is about 2 GiB of memory with the processor and network to match. */
export const acu = z.number().min(0).max(256).multipleOf(0.5);

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

const isTimeZone = (name: string): boolean => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
};

/** One scheduled change of the cluster's minimum capacity. */
export const capacityChange = z.strictObject({
  /**
   * Time of the day, as hh:mm, in `timeZone`. Scaling up takes seconds to minutes, so begin before the market opens.
   */
  at: z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'must be as 09:15'),
  /** Days of the week. */
  days: z.array(z.enum(WEEKDAYS)).min(1).default(['mon', 'tue', 'wed', 'thu', 'fri']),
  /** IANA time zone, such as America/New_York, which has daylight saving time. */
  timeZone: z.string().refine(isTimeZone, 'must be an IANA time zone, such as America/New_York').default('UTC'),
  /** Minimum capacity from then on. ACU, 0.5 to 256 in steps of 0.5. */
  minAcu: acu.min(0.5),
});

export type CapacityChange = z.output<typeof capacityChange>;
