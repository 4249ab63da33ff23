import { array, type Parameter } from '../../database/database.ts';
import { findRule } from './alert-rules.ts';
import type { ChangeAuthor, ReferenceTable } from './reference-table.ts';

/** A rule to write. */
export interface RuleItem {
  readonly name: string;
  readonly instrumentId: number | null;
  readonly ruleType: string | null;
  readonly condition: string | null;
  readonly threshold: number | null;
  /** 0 stands for a null to be stored, because null means that the request does not name it. */
  readonly timeWindowSeconds: number | null;
  /** 0 as above. */
  readonly movingAveragePeriod: number | null;
  readonly cooldownSeconds: number | null;
  readonly active: boolean | null;
}

const WANTED = `unnest($1::text[], $2::int4[], $3::text[], $4::text[], $5::float8[], $6::int4[], $7::int4[], $8::int4[], $9::text[])
    as w (name, instrument_id, rule_type, condition, threshold, time_window_seconds, moving_average_period, cooldown_seconds, active)`;

const wantedValues = (items: readonly RuleItem[], { actor, version }: ChangeAuthor): Parameter[] => {
  const texts = (of: (item: RuleItem) => string | null) => array('text', items.map(of));
  const numbers = (type: 'int4' | 'float8', of: (item: RuleItem) => number | null) =>
    array(
      type,
      items.map((item) => of(item) ?? Number.NaN),
    );
  return [
    texts(({ name }) => name),
    numbers('int4', ({ instrumentId }) => instrumentId),
    texts(({ ruleType }) => ruleType),
    texts(({ condition }) => condition),
    numbers('float8', ({ threshold }) => threshold),
    numbers('int4', ({ timeWindowSeconds }) => timeWindowSeconds),
    numbers('int4', ({ movingAveragePeriod }) => movingAveragePeriod),
    numbers('int4', ({ cooldownSeconds }) => cooldownSeconds),
    texts(({ active }) => (active === null ? null : String(active))),
    actor,
    version,
  ];
};

/** The columns of a rule that can change, with the SQL that merges named values with the stored ones. */
const MERGES: Readonly<Record<string, string>> = {
  instrument_id: 'coalesce(w.instrument_id, r.instrument_id)',
  rule_type: 'coalesce(w.rule_type, r.rule_type)',
  condition: 'coalesce(w.condition, r.condition)',
  threshold: 'coalesce(w.threshold, r.threshold)',
  time_window_seconds: 'nullif(coalesce(w.time_window_seconds, r.time_window_seconds), 0)',
  moving_average_period: 'nullif(coalesce(w.moving_average_period, r.moving_average_period), 0)',
  cooldown_seconds: 'coalesce(w.cooldown_seconds, r.cooldown_seconds)',
  active: 'coalesce(w.active::boolean, r.active)',
};
const COLUMNS = Object.keys(MERGES).join(', ');
const STORED = Object.keys(MERGES)
  .map((column) => `r.${column}`)
  .join(', ');
const MERGED = Object.values(MERGES).join(', ');

/** Alert rules, by name. */
export const ruleTable: ReferenceTable<RuleItem> = {
  nameOf: ({ name }) => name,

  insert: (items, change) => ({
    name: 'insert-rules',
    text: `
insert into tick_store.alert_rules (name, ${COLUMNS}, changed_by, version)
select w.name, w.instrument_id, w.rule_type, w.condition, w.threshold, nullif(w.time_window_seconds, 0),
       nullif(w.moving_average_period, 0), w.cooldown_seconds, w.active::boolean, $10::text, $11::uuid
  from ${WANTED}
 where not exists (select from tick_store.alert_rules r where r.name = w.name)
 order by w.name collate "C"
on conflict do nothing`,
    values: wantedValues(items, change),
  }),

  lock: (names) => ({
    name: 'lock-rules',
    text: `
select r.id
  from unnest($1::text[]) as w (name)
  join tick_store.alert_rules r on r.name = w.name
 order by r.name collate "C"
   for no key update of r`,
    values: [array('text', names)],
  }),

  update: (items, change, versions) => ({
    name: 'update-rules',
    text: `
update tick_store.alert_rules r
   set (${COLUMNS}) = row (${MERGED}), updated_at = now(), changed_by = $10::text, version = $11::uuid
  from ${WANTED}
 where r.name = w.name
   and ($12::text[] is null or r.version::text = any($12::text[]))
   and (${STORED}) is distinct from (${MERGED})`,
    values: [...wantedValues(items, change), versions === null ? null : array('text', versions)],
  }),

  find: findRule,

  outcomes: (names, { version }) => ({
    name: 'find-rule-outcomes',
    text: `
select string_agg(case when r.version <> $2::uuid then '-' when r.created_at = r.updated_at then 'c' else 'u' end, ''
                  order by w.place) as outcomes
  from unnest($1::text[]) with ordinality as w (name, place)
  join tick_store.alert_rules r on r.name = w.name`,
    values: [array('text', names), version],
  }),
};
