import { array, type Row, type Statement } from '../../database/database.ts';
import type { ReferenceRow } from './reference-table.ts';

/** A stored instrument. */
export interface InstrumentRow extends ReferenceRow {
  readonly id: number;
  readonly symbol: string;
  readonly name: string;
  readonly type: string;
  readonly status: 'active' | 'inactive' | 'error';
  readonly price_decimals: number;
  readonly created_at: string;
  readonly updated_at: string;
}

const COLUMNS = 'id, symbol, name, type, status, price_decimals, created_at, updated_at, version::text as version';

/** Which rows of a list by name: those that contain a text, after the last one of the previous page. */
export interface NamedPage {
  readonly search: string | null;
  readonly after: string | null;
  readonly limit: number;
}

/** Instruments by symbol. */
export const listInstruments = ({ search, after, limit }: NamedPage): Statement => ({
  name: 'list-instruments',
  text: `
select ${COLUMNS}
  from tick_store.instruments
 where ($1::text is null or strpos(lower(symbol), lower($1::text)) > 0 or strpos(lower(name), lower($1::text)) > 0)
   and ($2::text is null or symbol collate "C" > $2::text)
 order by symbol collate "C"
 limit $3::int4`,
  values: [search, after, limit],
  expected: { rows: limit, rowBytes: 500 },
});

/** One instrument by its symbol. */
export const findInstrument = (symbol: string): Statement => ({
  name: 'find-instrument',
  text: `select ${COLUMNS} from tick_store.instruments where symbol = $1::text`,
  values: [symbol],
});

/** Finds an instrument by id or by symbol; the other one is null. */
export const findInstrumentId = (id: number | null, symbol: string | null): Statement => ({
  name: 'find-instrument-id',
  text: `select id from tick_store.instruments where id = $1::int8 or symbol = $2::text`,
  values: [id, symbol],
});

/** The fields of an instrument that bars need. */
export interface BarInstrument extends Row {
  readonly id: number;
  readonly symbol: string;
  readonly price_decimals: number;
}

/** The instruments with these symbols. */
export const findBarInstruments = (symbols: readonly string[]): Statement => ({
  name: 'find-bar-instruments',
  text: `
select id, symbol, price_decimals
  from tick_store.instruments
 where symbol = any($1::text[])`,
  values: [array('text', symbols)],
});
