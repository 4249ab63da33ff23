import { array, type Statement } from '../../database/database.ts';
import type { NamedPage } from './instruments.ts';
import type { ReferenceRow } from './reference-table.ts';

/** A stored alert rule with its instrument’s symbol. */
export interface RuleRow extends ReferenceRow {
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

const COLUMNS = `r.id, r.name, r.instrument_id, i.symbol, r.rule_type, r.condition, r.threshold, r.time_window_seconds,
       r.moving_average_period, r.cooldown_seconds, r.active, r.created_at, r.updated_at, r.version::text as version`;

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
  expected: { rows: limit, rowBytes: 750 },
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

/** The instruments that rules name, by ids or by symbols. Sub-selects let Postgres hash them, however a backend sends arrays. */
export const findRuleInstruments = (ids: readonly number[], symbols: readonly string[]): Statement => ({
  name: 'find-rule-instruments',
  text: `
select id, symbol
  from tick_store.instruments
 where id in (select unnest($1::int8[])) or symbol in (select unnest($2::text[]))`,
  values: [array('int8', ids), array('text', symbols)],
  expected: { rows: ids.length + symbols.length, rowBytes: 100 },
});
