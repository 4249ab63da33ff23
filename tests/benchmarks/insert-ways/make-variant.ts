import type pg from 'pg';

/** Makes a partitioned copy of a table under another name, with some of its indexes and triggers. */
export async function makeVariant(client: pg.Client, table: string, name: string, without: string): Promise<void> {
  await client.query(
    `create table ${name} (like tick_store.${table} including defaults including constraints) partition by range ("timestamp")`,
  );
  await client.query(`create table ${name}_1 partition of ${name} for values from ('2020-01-01') to ('2040-01-01')`);
  const { rows: indexes } =
    await client.query(`select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
    from pg_index where indrelid = 'tick_store.${table}'::regclass`);
  for (const { name: index, definition } of indexes) {
    if (index.replace('tick_store.', '') === without) continue;
    await client.query(definition.replace(/ INDEX \S+ ON (ONLY )?\S+/, ` INDEX ON ${name}`));
  }
  if (table === 'alert_logs' && without !== 'foreign keys') {
    await client.query(
      `alter table ${name} add foreign key (instrument_id) references tick_store.instruments, add foreign key (rule_id) references tick_store.alert_rules`,
    );
  }
}
