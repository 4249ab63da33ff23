import type { Row, Statement } from '../../database/database.ts';
import type { NamedPage } from './instruments.ts';

/** A stored alert rule with its instrument’s symbol. */
export interface RuleRow extends Row {
  readonly id: number;
  readonly name: string;
  readonly instrument_id: number;
  readonly symbol: string;
  readonly rule_type: string;
  readonly condition: string;
  readonly threshold: number;
  readonly time_window_seconds: number | null;
  readonly moving_average_period: number | null;
  readonly cooldown_seconds: number;
  readonly active: boolean;
  readonly created_at: string;
  readonly updated_at: string;
}

/** What a rule says besides its name and instrument. */
export interface RuleValues {
  readonly ruleType: string;
  readonly condition: string;
  readonly threshold: number;
  readonly timeWindowSeconds: number | null;
  readonly movingAveragePeriod: number | null;
  readonly cooldownSeconds: number;
  readonly active: boolean;
}

const COLUMNS = `r.id, r.name, r.instrument_id, i.symbol, r.rule_type, r.condition, r.threshold, r.time_window_seconds,
       r.moving_average_period, r.cooldown_seconds, r.active, r.created_at, r.updated_at`;

/** Rules by name. */
export const listRules = ({ search, after, limit }: NamedPage): Statement => ({
  name: 'list-rules',
  text: `
select ${COLUMNS}
  from tick_store.alert_rules r
  join tick_store.instruments i on i.id = r.instrument_id
 where ($1::text is null or strpos(lower(r.name), lower($1::text)) > 0 or strpos(lower(i.symbol), lower($1::text)) > 0)
   and ($2::text is null or r.name collate "C" > $2::text)
 order by r.name collate "C"
 limit $3::int4`,
  values: [search, after, limit],
  expected: { rows: limit, rowBytes: 700 },
});

/** One rule by its name. */
export const findRule = (name: string): Statement => ({
  name: 'find-rule',
  text: `
select ${COLUMNS}
  from tick_store.alert_rules r
  join tick_store.instruments i on i.id = r.instrument_id
 where r.name = $1::text`,
  values: [name],
});

/** Creates or changes. */
export const putRule = (name: string, instrumentId: number, rule: RuleValues): Statement => ({
  name: 'put-rule',
  text: `
with r as (
  insert into tick_store.alert_rules
    (name, instrument_id, rule_type, condition, threshold, time_window_seconds, moving_average_period, cooldown_seconds, active)
  values ($1::text, $2::int4, $3::text, $4::text, $5::float8, $6::int4, $7::int4, $8::int4, $9::boolean)
  on conflict (name) do update
     set instrument_id = excluded.instrument_id, rule_type = excluded.rule_type, condition = excluded.condition,
         threshold = excluded.threshold, time_window_seconds = excluded.time_window_seconds,
         moving_average_period = excluded.moving_average_period, cooldown_seconds = excluded.cooldown_seconds,
         active = excluded.active, updated_at = now()
  returning *
)
select ${COLUMNS}
  from r
  join tick_store.instruments i on i.id = r.instrument_id`,
  values: [
    name,
    instrumentId,
    rule.ruleType,
    rule.condition,
    rule.threshold,
    rule.timeWindowSeconds,
    rule.movingAveragePeriod,
    rule.cooldownSeconds,
    rule.active,
  ],
});
