import { tickFields } from '../../contract/market-data.ts';
import type { Cursor, Order } from '../../contract/page.ts';
import { array, type Row, type Statement } from '../../database/database.ts';
import { type AsOf, asOfValues, deletionAsOf, liveAsOf, storedAsOf } from '../../ledger/sql/as-of.ts';
import { columnList } from '../../records/column-lists.ts';
import type { FieldColumns, TextColumns } from '../../records/record-rows.ts';

interface RowHead extends Row {
  readonly id: number;
  readonly timestamp: string;
  readonly instrument_id: number;
  readonly symbol: string;
  readonly price_decimals: number;
  readonly deleted_at: string | null;
  readonly deleted_by: number | null;
}

/** A tick with its instrument's symbol and decimals. */
export interface TickRow extends RowHead, FieldColumns<typeof tickFields> {}

/** The same of a statement with `doublesAsText`. */
export interface TickTextRow extends RowHead, TextColumns<typeof tickFields> {}

const columns = (deletion: string) => `m.id, m."timestamp", m.instrument_id, i.symbol, i.price_decimals,
       ${columnList(tickFields, 'm')},
       ${deletion}`;
const COLUMNS = columns('m.deleted_at, m.deleted_by');
/** The columns of `TickRow`, of a row m and its instrument i. */
export const TICK_COLUMNS_OF_M: string = COLUMNS;
/** The columns of a tick as it was at a moment; `was` is its deletion then. */
const COLUMNS_AS_OF = columns('was.at as deleted_at, was.id as deleted_by');

/** A row of the list, every column filled. Bytes. */
const TICK_BYTES = 700;

/** The conditions of a page of ticks. A condition that is null does not filter. */
export interface TickQuery {
  readonly instrumentId: number | null;
  /** 0 for ticks, else the position of the bars' length in `BAR_LENGTHS`, from 1. */
  readonly barLength: number;
  readonly start: string | null;
  readonly end: string | null;
  /** The last row of the previous page. */
  readonly after: Cursor | null;
  readonly order: Order;
  readonly includeDeleted: boolean;
  readonly limit: number;
}

/** Less than every sequence: a row without a sequence sorts as this. */
const NO_SEQUENCE = -9_007_199_254_740_992;

const ORDERS = {
  asc: { by: (m: string) => `${m}"timestamp", ${m}sequence nulls first, ${m}id`, beyond: '>', bound: '>=' },
  desc: {
    by: (m: string) => `${m}"timestamp" desc, ${m}sequence desc nulls last, ${m}id desc`,
    beyond: '<',
    bound: '<=',
  },
} as const;

/** What a list shows of the rows m: as they are now. $7 is `includeDeleted`. */
const ROWS_NOW = {
  suffix: '',
  columns: COLUMNS,
  selected: '*',
  visible: '($7::boolean or deleted_at is null)',
  deletion: '',
} as const;

/** As they were at a moment, $11 and $12. */
const ROWS_AS_OF: Readonly<Record<keyof typeof ROWS_NOW, string>> = {
  suffix: '-as-of',
  columns: COLUMNS_AS_OF,
  selected: `m.*, ${liveAsOf(11)} as live`,
  visible: `${storedAsOf(11)} and ($7::boolean or ${liveAsOf(11)})`,
  deletion: `
  left join lateral (${deletionAsOf(11)}) was on not m.live`,
};

/**
 * Ticks, or bars of a length, in one of the two orders, now or as of a moment. A page starts after a row, not at an
 * offset, so rows written meanwhile shift nothing. Conditions that are not requested are removed when the values are
 * bound, and the bounds prune partitions. The kind of row is in the text, because the indexes are partial.
 */
export function listTicks(query: TickQuery, asOf?: AsOf): Statement {
  const { by, beyond, bound } = ORDERS[query.order];
  const rows = asOf === undefined ? ROWS_NOW : ROWS_AS_OF;
  return {
    name: `list-ticks${rows.suffix}`,
    text: `
select ${rows.columns}
  from (select ${rows.selected}
          from tick_store.market_data m
         where ${query.barLength === 0 ? 'bar_length = 0 and $9::int2 = 0' : 'bar_length > 0 and bar_length = $9::int2'}
           and ($1::int4 is null or instrument_id = $1::int4)
           and "timestamp" >= coalesce($2::timestamptz, '-infinity')
           and "timestamp" <= coalesce($3::timestamptz, 'infinity')
           and ($4::timestamptz is null
                or "timestamp" ${bound} $4::timestamptz
                and ("timestamp", coalesce(sequence, $10::int8), id) ${beyond} ($4::timestamptz, coalesce($5::int8, $10::int8), $6::int8))
           and ${rows.visible}
         order by ${by('')}
         limit $8::int4) m
  join tick_store.instruments i on i.id = m.instrument_id${rows.deletion}
 order by ${by('m.')}`,
    values: [
      query.instrumentId,
      query.start,
      query.end,
      query.after?.timestamp ?? null,
      query.after?.sequence ?? null,
      query.after?.id ?? null,
      query.includeDeleted,
      query.limit,
      query.barLength,
      NO_SEQUENCE,
      ...asOfValues(asOf),
    ],
    expected: { rows: query.limit, rowBytes: TICK_BYTES },
    doublesAsText: true,
  };
}

/**
 * A time with at least `wanted` rows between it and `until`, or null if there are not so many. It keeps the newest page
 * of all instruments from sorting a whole partition, because no index has the rows of all instruments by time.
 */
export const findPageStart = (barLength: number, until: string | null, wanted: number): Statement => ({
  name: 'find-page-start',
  text: `
select tick_store.page_start('market_data', $1::int2, coalesce($2::timestamptz, 'infinity'), $3::int8) as start`,
  values: [barLength, until, wanted],
});

/**
 * The newest tick of each instrument that has one, by ids or by symbols: first the newest (timestamp, sequence), in the
 * order of the index, then the row with the greatest id there. Without a default partition, partitions are read newest
 * first, and reading stops at the first row.
 */
export const latestTicks = (
  ids: readonly number[],
  symbols: readonly string[],
  includeDeleted: boolean,
): Statement => ({
  name: 'latest-ticks',
  text: `
select ${COLUMNS}
  from tick_store.instruments i
 cross join lateral (
   select "timestamp", sequence
     from tick_store.market_data
    where instrument_id = i.id and bar_length = 0 and ($3::boolean or deleted_at is null)
    order by "timestamp" desc, sequence desc nulls last
    limit 1) newest
 cross join lateral (
   select *
     from tick_store.market_data
    where instrument_id = i.id and bar_length = 0 and ($3::boolean or deleted_at is null)
      and "timestamp" = newest."timestamp" and sequence is not distinct from newest.sequence
    order by id desc
    limit 1) m
 where i.id = any($1::int8[]) or i.symbol = any($2::text[])`,
  values: [array('int8', ids), array('text', symbols), includeDeleted],
});

/** `latestTicks` as of a moment. */
export const latestTicksAsOf = (
  ids: readonly number[],
  symbols: readonly string[],
  includeDeleted: boolean,
  asOf: AsOf,
): Statement => ({
  name: 'latest-ticks-as-of',
  text: `
select ${COLUMNS_AS_OF}
  from tick_store.instruments i
 cross join lateral (
   select m.*, ${liveAsOf(4)} as live
     from tick_store.market_data m
    where instrument_id = i.id and bar_length = 0 and ${storedAsOf(4)}
      and ($3::boolean or ${liveAsOf(4)})
    order by "timestamp" desc, sequence desc nulls last, id desc
    limit 1) m
  left join lateral (${deletionAsOf(4)}) was on not m.live
 where i.id = any($1::int8[]) or i.symbol = any($2::text[])`,
  values: [array('int8', ids), array('text', symbols), includeDeleted, ...asOfValues(asOf)],
});

/** One tick: its id contains the batch, and the batch's time bounds select the partitions. */
export const findTick = (id: number, includeDeleted: boolean): Statement => ({
  name: 'find-tick',
  text: `
select ${COLUMNS}
  from tick_store.ingest_batches b
  join tick_store.market_data m on m.id = $1::int8
   and m."timestamp" between tick_store.earliest_of(array[$1::int8]) and tick_store.latest_of(array[$1::int8])
  join tick_store.instruments i on i.id = m.instrument_id
 where b.block = $1::int8 / 65536 and b.target = 'market_data' and ($2::boolean or m.deleted_at is null)`,
  values: [id, includeDeleted],
});
