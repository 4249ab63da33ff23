import type { Row, Statement } from '../../database/database.ts';

/** A sample to store. */
export interface NewSample {
  /** ISO 8601. */
  readonly takenAt: string;
  readonly status: 'healthy' | 'warning' | 'critical';
  readonly alerts: readonly string[];
  readonly sample: unknown;
  readonly counters: unknown;
}

/** Keeps a sample; a trigger drops all but the newest 1,000. */
export const insertSample = (sample: NewSample): Statement => ({
  name: 'insert-health-sample',
  text: `
insert into tick_store.health_samples (taken_at, status, alerts, sample, counters)
values ($1::timestamptz, $2::text, $3::jsonb, $4::jsonb, $5::jsonb)`,
  values: [
    sample.takenAt,
    sample.status,
    JSON.stringify(sample.alerts),
    JSON.stringify(sample.sample),
    JSON.stringify(sample.counters),
  ],
});

/** A stored sample. */
export interface StoredSample extends Row {
  readonly id: number;
  readonly status: 'healthy' | 'warning' | 'critical';
  readonly alerts: readonly string[];
  readonly sample: unknown;
  /** Since it was taken, by the database's clock. */
  readonly age_seconds: number;
}

/** Samples, newest first; `before` is the id that the page before ended with. */
export const listSamples = (before: number | null, limit: number): Statement => ({
  name: 'list-health-samples',
  text: `
select id, status, alerts, sample, extract(epoch from now() - taken_at)::float8 as age_seconds
  from tick_store.health_samples
 where id < coalesce($1::int8, 9223372036854775807)
 order by id desc
 limit $2::int4`,
  values: [before, limit],
});
