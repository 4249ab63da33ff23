/**
 * `npm run bench -- insert-ways`: the ways to insert 10,000 ticks next to each other, what each index of alert logs costs an insert and saves
 * a query, and what many partitions cost a read. The numbers of docs/schema.md come from it. About three minutes; `PARTS=inserts`,
 * `PARTS=ways` or `PARTS=queries` does a part.
 */
import { existsSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { latestAlertLogs, listAlertLogs } from '../../functions/alert-logs/sql/select-alert-logs.ts';
import { type ArrayParameter, array, type Statement } from '../../functions/database/database.ts';
import {
  COPY_HEADER,
  COPY_TRAILER,
  encodeArray,
  encodeCopyRows,
} from '../../functions/database/drivers/postgres/binary-format.ts';
import { findTick, latestTicks, listTicks } from '../../functions/market-data/sql/select-ticks.ts';
import { startBenchmarkDatabase } from './support.ts';

const ROWS = 10_000;
const ROUNDS = Number(process.env['ROUNDS'] ?? 25);
const TICKS = Number(process.env['TICKS'] ?? 3_000_000);
const ALERTS = TICKS / 10;

const database = await startBenchmarkDatabase();
const client = new pg.Client({ connectionString: database.superuserUrl });
await client.connect();
const sql = async (text: string) => (await client.query(text)).rows;

const COLUMNS = `id, "timestamp", instrument_id, price, volume, bid, ask, bid_size, ask_size, open_price, high_price, low_price, sequence`;
const TYPES = ['int8', 'timestamptz', 'int4', ...Array.from({ length: 9 }, () => 'float8' as const), 'int8'] as const;

/** A batch of ticks one second apart, each batch after the one before. */
function batchColumns(turn: number): ArrayParameter[] {
  const column = (read: (i: number) => number) => Float64Array.from({ length: ROWS }, (_, i) => read(i));
  const start = Date.UTC(2026, 9, 1) * 1000;
  return TYPES.map((element, c) => {
    if (c === 0)
      return array(
        element,
        column((i) => turn * 65_536 + i),
      );
    if (c === 1)
      return array(
        element,
        column((i) => start + (turn * ROWS + i) * 50_000),
      );
    if (c === 2)
      return array(
        element,
        column((i) => 1 + (i % 6)),
      );
    if (c === 12) return array(element, new Float64Array(ROWS).fill(Number.NaN));
    return array(
      element,
      column((i) => 4300 + ((i * 7919 + c) % 2000) * 0.25),
    );
  });
}

async function copy(text: string, columns: readonly ArrayParameter[]): Promise<void> {
  const bytes = Buffer.concat([COPY_HEADER, encodeCopyRows(columns), COPY_TRAILER]);
  await new Promise<void>((resolve, reject) => {
    const stream = client.query(copyFrom(text));
    stream.once('finish', resolve).once('error', reject);
    stream.end(bytes);
  });
}

const print = (line = '') => console.log(line);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const ms = (value: number) => value.toFixed(value < 10 ? 2 : 1);

/** Runs the contenders in turn, so that the machine's mood falls on all alike; means in ms. */
async function alternate<K extends string>(
  contenders: Record<K, (turn: number) => Promise<number>>,
): Promise<Record<K, number>> {
  const names = Object.keys(contenders) as K[];
  const times = new Map<K, number[]>(names.map((name) => [name, []]));
  for (let round = -2; round < ROUNDS; round++) {
    for (const [place, name] of names.entries()) {
      const time = await contenders[name]((round + 2) * names.length + place);
      if (round >= 0) times.get(name)?.push(time);
    }
  }
  return Object.fromEntries(names.map((name) => [name, mean(times.get(name) ?? [])])) as Record<K, number>;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/**
 * The server's own time on a processor, in ms: unlike the time on the clock it is hardly longer while others use the
 * machine. In steps of 10 ms, so take the mean of many. Linux only; the clock's elsewhere.
 */
async function serverTime(work: () => Promise<unknown>): Promise<number> {
  const { processID } = client as pg.Client & { processID: number };
  const file = `/proc/${processID}/stat`;
  if (!existsSync(file)) return timed(work);
  const read = () => {
    const [user, system] = readFileSync(file, 'utf8').split(') ')[1]?.split(' ').slice(11, 13) ?? [];
    return (Number(user) + Number(system)) * 10;
  };
  const before = read();
  await work();
  return read() - before;
}

/** A partitioned copy of a table with some of its indexes and triggers, under a name of its own. */
async function makeVariant(table: string, name: string, without: string, extra: string[] = []): Promise<void> {
  await sql(
    `create table ${name} (like tick_store.${table} including defaults including constraints) partition by range ("timestamp")`,
  );
  await sql(`create table ${name}_1 partition of ${name} for values from ('2020-01-01') to ('2040-01-01')`);
  const indexes = await sql(`select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
    from pg_index where indrelid = 'tick_store.${table}'::regclass`);
  for (const { name: index, definition } of indexes) {
    if (index.replace('tick_store.', '') === without) continue;
    await sql(definition.replace(/ INDEX \S+ ON (ONLY )?\S+/, ` INDEX ON ${name}`));
  }
  if (table === 'alert_logs' && without !== 'foreign keys') {
    await sql(
      `alter table ${name} add foreign key (instrument_id) references tick_store.instruments, add foreign key (rule_id) references tick_store.alert_rules`,
    );
  }
  for (const text of extra) await sql(text.replaceAll('TABLE', name));
}

async function measureAlertInserts(): Promise<void> {
  const indexes = [
    'alert_logs_pkey',
    'ix_alert_logs_timestamp',
    'ix_alert_logs_rule_timestamp',
    'ix_alert_logs_timestamp_instrument',
  ].concat('ix_alert_logs_status', 'ix_alert_logs_instrument_timestamp', 'ix_alert_logs_deleted', 'foreign keys');
  const columns = (turn: number): ArrayParameter[] => {
    const column = (read: (i: number) => number) => Float64Array.from({ length: ROWS }, (_, i) => read(i));
    const texts = (read: (i: number) => string) => Array.from({ length: ROWS }, (_, i) => read(i));
    return [
      ...batchColumns(turn).slice(0, 3),
      array(
        'int4',
        column((i) => 1 + (i % 20)),
      ),
      array(
        'float8',
        column((i) => i),
      ),
      array(
        'float8',
        column((i) => i / 2),
      ),
      array(
        'text',
        texts((i) => ['fired', 'suppressed'][i % 2] as string),
      ),
      array(
        'text',
        texts((i) => ['all_delivered', 'pending'][i % 2] as string),
      ),
    ];
  };
  const contenders: Record<string, (turn: number) => Promise<number>> = {};
  for (const [index, without] of ['none', ...indexes].entries()) {
    await makeVariant('alert_logs', `alerts_${index}`, without);
    const text = `copy alerts_${index} (id, "timestamp", instrument_id, rule_id, trigger_value, threshold_value, fired_status, delivery_status) from stdin (format binary)`;
    contenders[without === 'none' ? 'all of them' : `without ${without}`] = async (turn) => {
      const made = columns(turn);
      return serverTime(() => copy(text, made));
    };
  }
  printInserts('alert_logs', await alternate(contenders));
}

function printInserts(table: string, means: Record<string, number>): void {
  const all = means['all of them'] as number;
  print(`\nInserts: ${ROWS} rows into ${table} by COPY, the server's processor time, means of ${ROUNDS}\n`);
  print('| | ms | against all |\n|---|---|---|');
  for (const [name, value] of Object.entries(means))
    print(`| ${name} | ${ms(value)} | ${value > all ? '+' : ''}${ms(value - all)} |`);
}

async function measureWaysIn(): Promise<void> {
  await makeVariant('market_data', 'ways', 'none');
  const insert = (text: string, values: (columns: ArrayParameter[]) => unknown[]) => (turn: number) => {
    const bound = values(batchColumns(turn + 100_000));
    return serverTime(() => client.query(text, bound));
  };
  const casts = TYPES.map((type, i) => `$${i + 1}::${type}[]`);
  const binary = (columns: ArrayParameter[]) => columns.map(encodeArray);
  const asText = ({ element, values }: ArrayParameter) =>
    `{${Array.from(values as Float64Array, (value) => (Number.isNaN(value) ? 'NULL' : element === 'timestamptz' ? new Date(value / 1000).toISOString() : value)).join(',')}}`;
  const names = COLUMNS.replaceAll('"', '').split(', ');
  const asJson = (columns: ArrayParameter[]) => [
    JSON.stringify(
      Array.from({ length: ROWS }, (_, row) =>
        Object.fromEntries(
          columns.map(({ element, values }, c) => {
            const value = values[row] as number;
            return [
              names[c],
              Number.isNaN(value) ? null : element === 'timestamptz' ? new Date(value / 1000).toISOString() : value,
            ];
          }),
        ),
      ),
    ),
  ];
  const sequences = array(
    'int8',
    Float64Array.from({ length: ROWS }, (_, i) => i),
  );
  const record = names.map((name, i) => `"${name}" ${TYPES[i]}`).join(', ');
  const means = await alternate({
    'binary COPY': async (turn) => {
      const columns = batchColumns(turn);
      return serverTime(() => copy(`copy ways (${COLUMNS}) from stdin (format binary)`, columns));
    },
    'unnest of binary arrays in the SELECT list': insert(
      `insert into ways (${COLUMNS}) select ${casts.map((c) => `unnest(${c})`).join(', ')}`,
      binary,
    ),
    'the same with sequences, on conflict do nothing': insert(
      `insert into ways (${COLUMNS}) select ${casts.map((c) => `unnest(${c})`).join(', ')} on conflict (instrument_id, "timestamp", sequence, occurrence, revision) where bar_length = 0 do nothing`,
      (columns) => binary(columns.with(12, sequences)),
    ),
    'binary COPY with sequences': async (turn) => {
      const columns = batchColumns(turn + 200_000).with(12, sequences);
      return serverTime(() => copy(`copy ways (${COLUMNS}) from stdin (format binary)`, columns));
    },
    'unnest of binary arrays in FROM': insert(
      `insert into ways (${COLUMNS}) select * from unnest(${casts.map((c) => `(${c})`).join(', ')})`,
      (columns) => binary(columns.with(12, array('int8', new Float64Array(ROWS)))),
    ),
    'unnest of text arrays': insert(
      `insert into ways (${COLUMNS}) select ${casts.map((c) => `unnest(${c})`).join(', ')}`,
      (columns) => columns.map(asText),
    ),
    json_to_recordset: insert(
      `insert into ways (${COLUMNS}) select * from json_to_recordset($1::json) as t (${record})`,
      asJson,
    ),
  });
  print(`\nWays in: ${ROWS} rows, encoding of JSON and text apart, the server's processor time, means of ${ROUNDS}\n`);
  print('| | ms | share of COPY |\n|---|---|---|');
  for (const [name, value] of Object.entries(means))
    print(`| ${name} | ${ms(value)} | ${(means['binary COPY'] / value).toFixed(2)} |`);
}

async function load(): Promise<void> {
  await sql(
    `insert into tick_store.instruments (symbol, name, type) select 'X' || i, 'x', 'future' from generate_series(7, 1000) i`,
  );
  await sql(`insert into tick_store.alert_rules (name, instrument_id, rule_type, condition, threshold)
    select 'rule ' || i, 1 + i % 12, 'threshold', 'above', i from generate_series(1, 21) i`);
  for (let month = 0; month <= 23; month++) {
    for (const table of ['market_data', 'alert_logs'])
      await sql(`select tick_store.ensure_partitions('${table}', array[now() - interval '${month} months'])`);
  }
  await sql(`insert into tick_store.ingest_batches (target, actor, idempotency_key, payload_hash, request_id, received, inserted, rejected, min_time, max_time, receipt, touched_instruments, touched_days)
    select 'market_data', 'b', 'k' || g, '', gen_random_uuid(), 10000, 10000, 0, now() - interval '180 days' + g * 10000 * w, now() - interval '180 days' + (g + 1) * 10000 * w, '', '{}', '{}'
      from generate_series(0, ${TICKS / 10_000 - 1}) g, (select interval '180 days' / ${TICKS} as w) x`);
  await sql(`insert into tick_store.market_data (id, "timestamp", instrument_id, price, volume, bid, ask, sequence)
    select (1::int8 + i / 10000) * 65536 + i % 10000, now() - interval '180 days' + i * (interval '180 days' / ${TICKS}), 1 + i % 12, 4300 + (i % 2000) * 0.25, i % 40, 1, 2, i
      from generate_series(0, ${TICKS - 1}) i`);
  await sql(
    `update tick_store.market_data set deleted_at = now(), deleted_by = 7 where id between 150 * 65536 and 150 * 65536 + 999`,
  );
  await sql(`insert into tick_store.alert_logs (id, "timestamp", instrument_id, rule_id, trigger_value, threshold_value, fired_status, delivery_status)
    select i, now() - interval '700 days' + i * (interval '700 days' / ${ALERTS}), 1 + i % 12, 1 + i % 20, i, i, case when i % 50 = 0 then 'error' else 'fired' end,
           case when i % 1000 = 0 then 'failed' else 'all_delivered' end from generate_series(0, ${ALERTS - 1}) i`);
  // an instrument and a rule that are rare: where an index matters most
  await sql(`insert into tick_store.market_data (id, "timestamp", instrument_id, price)
    select 900::int8 * 65536 + i, now() - interval '180 days' + i * interval '4 hours', 13, 100 from generate_series(0, 999) i`);
  await sql(`insert into tick_store.alert_logs (id, "timestamp", instrument_id, rule_id, trigger_value, threshold_value, fired_status, delivery_status)
    select 900::int8 * 65536 + i, now() - interval '700 days' + i * interval '10 days', 13, 21, i, i, 'fired', 'pending' from generate_series(0, 69) i`);
  await sql('vacuum analyze tick_store.market_data, tick_store.alert_logs, tick_store.ingest_batches');
}

async function run({ text, values }: Pick<Statement, 'text' | 'values'>): Promise<number> {
  const wired = values.map((value) =>
    typeof value === 'object' && value !== null && 'element' in value ? encodeArray(value) : value,
  );
  return timed(() => client.query(text, wired));
}

async function bestRun(statement: Pick<Statement, 'text' | 'values'>, times = 7): Promise<number> {
  const found: number[] = [];
  for (let i = 0; i < times; i++) {
    found.push(await run(statement));
    if ((found[0] as number) > 2_000) break;
  }
  return Math.min(...found);
}

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
const page = {
  instrumentId: 13,
  start: null,
  end: null,
  after: null,
  includeDeleted: false,
  barLength: 0,
  order: 'desc' as const,
  limit: 1001,
};
const alertPage = { ...page, instrumentId: null, ruleId: null, firedStatus: null, deliveryStatus: null };
async function measureQueries(): Promise<void> {
  const cases: [index: string, what: string, statement: Pick<Statement, 'text' | 'values'>][] = [
    ['ix_alert_logs_timestamp', 'the newest page', listAlertLogs(alertPage)],
    [
      'ix_alert_logs_timestamp_instrument',
      'a month of one instrument',
      listAlertLogs({ ...alertPage, instrumentId: 3, start: daysAgo(60), end: daysAgo(30) }),
    ],
    ['ix_alert_logs_rule_timestamp', 'the newest page of a rare rule', listAlertLogs({ ...alertPage, ruleId: 21 })],
    [
      'ix_alert_logs_status',
      'the newest page of failed deliveries',
      listAlertLogs({ ...alertPage, deliveryStatus: 'failed', firedStatus: 'error' }),
    ],
    [
      'ix_alert_logs_instrument_timestamp',
      'latest of 1,000 instruments',
      latestAlertLogs(
        Array.from({ length: 1000 }, (_, i) => i + 1),
        [],
        false,
      ),
    ],
  ];
  print(
    `\nQueries: ${TICKS / 1e6} M ticks in 6 months, ${ALERTS / 1e6} M alert logs in 23, 26 partitions, best of 7, planning included\n`,
  );
  print('| index | query | with, ms | without, ms |\n|---|---|---|---|');
  for (const [index, what, statement] of cases) {
    await run(statement);
    const withIndex = await bestRun(statement);
    await sql('begin');
    await sql(
      index.endsWith('_pkey')
        ? `alter table tick_store.${index.replace('_pkey', '')} drop constraint ${index}`
        : `drop index tick_store.${index}`,
    );
    await run(statement);
    const without = await bestRun(statement, 3);
    await sql('rollback');
    print(`| ${index} | ${what} | ${ms(withIndex)} | ${ms(without)} |`);
  }
}

async function measurePartitions(): Promise<void> {
  const ids = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
  const cases: [string, Statement][] = [
    ['latest of 12 instruments', latestTicks(ids(12), [], false)],
    ['latest of 1,000 instruments, 988 without ticks', latestTicks(ids(1000), [], false)],
    ['a tick by its id', findTick(100 * 65_536 + 5, false)],
    ['a day of one instrument', listTicks({ ...page, instrumentId: 3, start: daysAgo(91), end: daysAgo(90) })],
    ['the newest page of one instrument', listTicks({ ...page, instrumentId: 3 })],
  ];
  const found = new Map<string, number[]>(cases.map(([name]) => [name, []]));
  const measure = async () => {
    for (const [name, statement] of cases) {
      await run(statement);
      found.get(name)?.push(await bestRun(statement));
    }
    const [row] = await sql(`select count(*)::int as n from tick_store.partitions where parent = 'market_data'`);
    return row.n as number;
  };
  const few = await measure();
  await sql(
    `select tick_store.ensure_partitions('market_data', array[least(m, now())]) from generate_series(timestamptz '1970-01-15', now(), interval '1 month') m`,
  );
  const many = await measure();
  print(`\nPartitions: planning and execution, ms, best of 7\n`);
  print(`| | ${few} partitions | ${many} partitions |\n|---|---|---|`);
  for (const [name, [a = 0, b = 0]] of found) print(`| ${name} | ${ms(a)} | ${ms(b)} |`);
}

try {
  print(`${cpus()[0]?.model}, ${cpus().length} cores; node ${process.version}, PostgreSQL ${database.postgresVersion}`);
  await sql(`set timezone = 'UTC'`);
  await sql(`insert into tick_store.alert_rules (name, instrument_id, rule_type, condition, threshold)
    select 'warm ' || i, 1, 'threshold', 'above', i from generate_series(1, 20) i`);
  const parts = process.env['PARTS']?.split(',') ?? ['inserts', 'ways', 'queries'];
  if (parts.includes('inserts')) {
    await measureAlertInserts();
  }
  if (parts.includes('ways')) await measureWaysIn();
  if (parts.includes('queries')) {
    await load();
    await measureQueries();
    await measurePartitions();
  }
} finally {
  await client.end();
  await database.stop();
}
process.exit(0);
