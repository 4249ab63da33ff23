import { array, type Row, type Statement } from '../../database/database.ts';

/** A sample to store. */
export interface NewSample {
  /** ISO 8601. */
  readonly takenAt: string;
  readonly status: 'healthy' | 'warning' | 'critical';
  readonly alerts: readonly string[];
  readonly sample: unknown;
  readonly counters: unknown;
}

/**
 * Keeps samples, in one round trip and in their order: the last one is that which the next one compares with. A trigger drops
 * all but the newest 1,000.
 */
export const insertSamples = (samples: readonly NewSample[]): Statement => ({
  name: 'insert-health-samples',
  text: `
insert into tick_store.health_samples (taken_at, status, alerts, sample, counters)
select taken_at::timestamptz, status, alerts::jsonb, sample::jsonb, counters::jsonb
  from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) with ordinality
         as new (taken_at, status, alerts, sample, counters, nth)
 order by nth`,
  values: [
    texts(samples, ({ takenAt }) => takenAt),
    texts(samples, ({ status }) => status),
    texts(samples, ({ alerts }) => JSON.stringify(alerts)),
    texts(samples, ({ sample }) => JSON.stringify(sample)),
    texts(samples, ({ counters }) => JSON.stringify(counters)),
  ],
});

const texts = (samples: readonly NewSample[], of: (sample: NewSample) => string) => array('text', samples.map(of));

/** A stored sample. */
export interface StoredSample extends Row {
  readonly id: number;
  readonly status: 'healthy' | 'warning' | 'critical';
  readonly alerts: readonly string[];
  readonly sample: unknown;
  /** Its age by the database's clock. */
  readonly age_seconds: number;
}

/** Samples, newest first; `before` is the id that the previous page ended with. */
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
