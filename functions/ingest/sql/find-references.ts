import { array, type Row, type Statement } from '../../database/database.ts';

/** An instrument that a batch names. */
export interface KnownInstrument extends Row {
  readonly id: number;
  readonly symbol: string;
  readonly active: boolean;
}

/** The instruments among these ids, and among these symbols in any case. */
export const findInstruments = (symbols: readonly string[], ids: readonly number[]): Statement => ({
  name: 'find-instruments',
  text: `
select id, symbol, status = 'active' as active
  from tick_store.instruments
 where upper(symbol) = any(array(select upper(named) from unnest($1::text[]) named)) or id = any($2::int8[])`,
  values: [array('text', symbols), array('int8', ids)],
});

/** Active instruments, the oldest first. */
export const activeInstruments = (limit: number): Statement => ({
  name: 'active-instruments',
  text: `
select id, symbol, true as active
  from tick_store.instruments
 where status = 'active'
 order by id
 limit $1::int4`,
  values: [limit],
});

/** The rules among these ids. */
export const findRules = (ids: readonly number[]): Statement => ({
  name: 'find-rules',
  text: `
select id
  from tick_store.alert_rules
 where id = any($1::int8[])`,
  values: [array('int8', ids)],
});
