import { withClient } from '@tick-store/local-cloud';

/** The size of a table, or of all partitions of one. Bytes. */
export interface TableSize {
  readonly name: string;
  readonly rows: number;
  readonly tableBytes: number;
  readonly indexBytes: number;
}

/** The size of the database. */
export interface StoreSize {
  readonly tables: readonly TableSize[];
  /** The whole database, including the catalogue. Bytes. */
  readonly databaseBytes: number;
  readonly walBytes: number;
  /** Bars in roll-ups. Count. */
  readonly bars: number;
  /** Client sessions of the server. Count. */
  readonly sessions: number;
}

const TABLES = `
select name, sum(rows)::float8 as rows, sum(table_bytes)::float8 as "tableBytes", sum(index_bytes)::float8 as "indexBytes"
  from (select case when n.nspname = 'tick_store_archive' then 'archived ' else '' end || regexp_replace(c.relname, '_[0-9]{4}_.*', '') as name,
               (xpath('/row/c/text()', query_to_xml(format('select count(*) as c from %I.%I', n.nspname, c.relname), false, true, '')))[1]::text::int8 as rows,
               pg_table_size(c.oid) as table_bytes, pg_indexes_size(c.oid) as index_bytes
          from pg_class c
          join pg_namespace n on n.oid = c.relnamespace
         where n.nspname in ('tick_store', 'tick_store_archive') and c.relkind = 'r') each
 group by name
 order by name`;

/**
 * Measures the database after a checkpoint and, by default, a VACUUM of everything.
 * @param url the superuser's
 */
export const measureStore = (url: string, { vacuum = true } = {}): Promise<StoreSize> =>
  withClient(url, async (client) => {
    if (vacuum) await client.query('vacuum (analyze)');
    await client.query('checkpoint');
    const { rows: tables } = await client.query<TableSize>(TABLES);
    const { rows } = await client.query<Omit<StoreSize, 'tables'>>(`
      select pg_database_size(current_database())::float8 as "databaseBytes",
             (select sum(size) from pg_ls_waldir())::float8 as "walBytes",
             (select coalesce(sum(cardinality(parts)), 0) from tick_store.day_bars)::float8 as bars,
             (select count(*) from pg_stat_activity where backend_type = 'client backend')::float8 as sessions`);
    return { tables, ...(rows[0] as Omit<StoreSize, 'tables'>) };
  });
