import { array, type Statement } from '../../../functions/database/database.ts';

/** The reads of release 0.1.0, unchanged except for the schema's name, for comparison with the current ones. */

const COLUMNS = `m.id, m."timestamp", m.instrument_id, i.symbol, i.price_decimals, m.price, m.volume, m.bid, m.ask, m.bid_size, m.ask_size,
       m.open_price, m.high_price, m.low_price, m.sequence, m.deleted_at, m.deleted_by`;

type Read = Pick<Statement, 'text' | 'values'>;

const LIST = `
select ${COLUMNS}
  from (select *
          from earlier.market_data
         where ($1::int4 is null or instrument_id = $1::int4)
           and "timestamp" >= coalesce($2::timestamptz, '-infinity')
           and "timestamp" <= coalesce($3::timestamptz, 'infinity')
           and "timestamp" <= coalesce($4::timestamptz, 'infinity')
           and ($4::timestamptz is null or ("timestamp", id) < ($4::timestamptz, $5::int8))
           and ($6::boolean or deleted_at is null)
         order by "timestamp" desc, id desc
         limit $7::int4) m
  join tick_store.instruments i on i.id = m.instrument_id
 order by m."timestamp" desc, m.id desc`;

const LATEST = `
select ${COLUMNS}
  from tick_store.instruments i
 cross join lateral (
   select *
     from earlier.market_data
    where instrument_id >= i.id and instrument_id <= i.id and ($3::boolean or deleted_at is null)
    order by instrument_id desc, "timestamp" desc, id desc
    limit 1) m
 where i.id = any($1::int8[]) or i.symbol = any($2::text[])`;

const FIND = `
select ${COLUMNS}
  from tick_store.ingest_batches b
  join earlier.market_data m on m.id = $1::int8
   and m."timestamp" between tick_store.earliest_of(array[$1::int8]) and tick_store.latest_of(array[$1::int8])
  join tick_store.instruments i on i.id = m.instrument_id
 where b.block = $1::int8 / 65536 and b.target = 'market_data' and ($2::boolean or m.deleted_at is null)`;

export const EARLIER_READS = {
  list: ({
    instrumentId = null,
    start = null,
    end = null,
  }: {
    instrumentId?: number | null;
    start?: string | null;
    end?: string | null;
  }): Read => ({
    text: LIST,
    values: [instrumentId, start, end, null, null, false, 1001],
  }),
  latest: (ids: readonly number[]): Read => ({ text: LATEST, values: [array('int8', ids), array('text', []), false] }),
  find: (id: number): Read => ({ text: FIND, values: [id, false] }),
};
