import { array, type Parameter, type Row, type Statement } from '../../database/database.ts';
import { findInstrument } from './instruments.ts';
import type { ChangeAuthor, ReferenceTable } from './reference-table.ts';

/** An instrument to write. */
export interface InstrumentItem {
  readonly symbol: string;
  readonly name: string | null;
  readonly type: string | null;
  readonly status: string | null;
  readonly priceDecimals: number | null;
}

const WANTED = `unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int4[]) as w (symbol, name, type, status, price_decimals)`;

const wantedValues = (items: readonly InstrumentItem[], { actor, version }: ChangeAuthor): Parameter[] => [
  ...(['symbol', 'name', 'type', 'status'] as const).map((field) =>
    array(
      'text',
      items.map((item) => item[field]),
    ),
  ),
  array(
    'int4',
    items.map(({ priceDecimals }) => priceDecimals ?? Number.NaN),
  ),
  actor,
  version,
];

/** Instruments, by symbol. */
export const instrumentTable: ReferenceTable<InstrumentItem> = {
  nameOf: ({ symbol }) => symbol,

  insert: (items, change) => ({
    name: 'insert-instruments',
    text: `
insert into tick_store.instruments (symbol, name, type, status, price_decimals, changed_by, version)
select w.symbol, w.name, w.type, w.status, w.price_decimals, $6::text, $7::uuid
  from ${WANTED}
 where not exists (select from tick_store.instruments i where i.symbol = w.symbol)
 order by upper(w.symbol), w.symbol collate "C"
on conflict do nothing`,
    values: wantedValues(items, change),
  }),

  lock: (symbols) => ({
    name: 'lock-instruments',
    text: `
select i.id
  from unnest($1::text[]) as w (symbol)
  join tick_store.instruments i on i.symbol = w.symbol
 order by upper(i.symbol), i.symbol collate "C"
   for no key update of i`,
    values: [array('text', symbols)],
  }),

  update: (items, change, versions) => ({
    name: 'update-instruments',
    text: `
update tick_store.instruments i
   set name = coalesce(w.name, i.name), type = coalesce(w.type, i.type), status = coalesce(w.status, i.status),
       price_decimals = coalesce(w.price_decimals, i.price_decimals), updated_at = now(), changed_by = $6::text, version = $7::uuid
  from ${WANTED}
 where i.symbol = w.symbol
   and ($8::text[] is null or i.version::text = any($8::text[]))
   and (i.name, i.type, i.status, i.price_decimals)
       is distinct from (coalesce(w.name, i.name), coalesce(w.type, i.type), coalesce(w.status, i.status),
                         coalesce(w.price_decimals, i.price_decimals))`,
    values: [...wantedValues(items, change), versions === null ? null : array('text', versions)],
  }),

  find: findInstrument,

  outcomes: (symbols, { version }) => ({
    name: 'find-instrument-outcomes',
    text: `
select case when count(i.id) < count(*) then tick_store.refuse('name_differs_in_case', '{}')
            else string_agg(case when i.version <> $2::uuid then '-' when i.created_at = i.updated_at then 'c' else 'u' end, ''
                            order by w.place) end as outcomes
  from unnest($1::text[]) with ordinality as w (symbol, place)
  left join tick_store.instruments i on i.symbol = w.symbol`,
    values: [array('text', symbols), version],
  }),
};

/** A symbol that another instrument has in another case. */
export interface OtherCase extends Row {
  readonly symbol: string;
  readonly other: string;
}

/** The symbols among these that differ from a stored one only in case. */
export const findOtherCases = (symbols: readonly string[]): Statement => ({
  name: 'find-other-cases',
  text: `
select w.symbol, i.symbol as other
  from unnest($1::text[]) as w (symbol)
  join tick_store.instruments i on upper(i.symbol) = upper(w.symbol) and i.symbol <> w.symbol`,
  values: [array('text', symbols)],
});
