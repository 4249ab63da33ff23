import { readFileSync } from 'node:fs';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { array } from '../../../functions/database/database.ts';
import {
  COPY_HEADER,
  COPY_TRAILER,
  encodeCopyRows,
} from '../../../functions/database/drivers/postgres/binary-format.ts';
import { COLUMNS, DESIGNS, type Design, TODAYS_INDEXES, TRIGGER_FUNCTION } from './designs.ts';

const ROWS = 10_000;
const INSTRUMENTS = 500;
const ROUNDS = Number(process.env['ROUNDS'] ?? 15);
/** The number of batches in each table before the measurement. */
const FILLED = 40;
const START_MICROS = Date.UTC(2026, 9, 1) * 1000;
const MICROS_PER_TICK = 1000;

/** A small random generator that gives the same numbers in every run. */
function* randomNumbers(): Generator<number> {
  for (let state = 1; ; ) {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff;
    yield state / 0x7fffffff;
  }
}

const random = randomNumbers();

/** The bytes of a binary COPY of a batch, from a feed of 500 instruments in order of time. */
function encodedBatch(turn: number, sorted: boolean): Buffer {
  const rows = Array.from({ length: ROWS }, (_, index) => ({
    id: turn * 65_536 + index,
    micros: START_MICROS + (turn * ROWS + index) * MICROS_PER_TICK,
    instrument: 1 + Math.floor((random.next().value as number) * INSTRUMENTS),
    nth: turn * ROWS + index,
  }));
  if (sorted) rows.sort((a, b) => a.instrument - b.instrument || a.micros - b.micros);
  type Row = (typeof rows)[number];
  const column = (read: (row: Row) => number) => Float64Array.from(rows, read);
  const value = (nth: number) => column((row) => 100 + ((row.nth * 7919 + nth * 31) % 2000) * 0.25);
  const columns = [
    array(
      'int8',
      column((row) => row.id),
    ),
    array(
      'timestamptz',
      column((row) => row.micros),
    ),
    array(
      'int4',
      column((row) => row.instrument),
    ),
    ...Array.from({ length: 9 }, (_, nth) => array('float8', value(nth))),
    array(
      'int8',
      column((row) => row.nth),
    ),
  ];
  return Buffer.concat([COPY_HEADER, encodeCopyRows(columns), COPY_TRAILER]);
}

function copy(client: pg.Client, table: string, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = client.query(copyFrom(`copy ${table} (${COLUMNS}) from stdin (format binary)`));
    stream.once('finish', resolve).once('error', reject);
    stream.end(bytes);
  });
}

/** The server's processor time so far, in steps of 10 ms. Other load hardly changes it. Linux only. Milliseconds. */
function serverMs(client: pg.Client): number {
  const { processID } = client as pg.Client & { processID: number };
  const [user, system] = readFileSync(`/proc/${processID}/stat`, 'utf8').split(') ')[1]?.split(' ').slice(11, 13) ?? [];
  return (Number(user) + Number(system)) * 10;
}

interface Measured {
  readonly name: string;
  readonly cpuMs: number;
  readonly heapBytes: number;
  readonly indexBytes: number;
}

/** Alternates COPY into each design, so that other load affects all of them. */
async function measure(client: pg.Client, designs: Readonly<Record<string, Design>>): Promise<Measured[]> {
  const tables = Object.entries(designs).map(([name, design], nth) => ({
    name,
    design,
    table: `design_${nth}`,
    cpuMs: 0,
  }));
  for (const { table, design } of tables) {
    await client.query(`create table ${table} (${design.columns}) partition by range ("timestamp")`);
    await client.query(
      `create table ${table}_1 partition of ${table} for values from ('2026-10-01Z') to ('2026-11-01Z')`,
    );
    for (const text of design.more) await client.query(text.replace('TABLE', table));
  }
  for (let turn = 0; turn < FILLED + ROUNDS; turn++) {
    for (const entry of tables) {
      const bytes = encodedBatch(turn, entry.design.sorted);
      const before = serverMs(client);
      await copy(client, entry.table, bytes);
      if (turn >= FILLED) entry.cpuMs += serverMs(client) - before;
    }
  }
  const measured: Measured[] = [];
  for (const { name, table, cpuMs } of tables) {
    const sizes = `select pg_table_size('${table}_1')::float8 / count(*) as heap, pg_indexes_size('${table}_1')::float8 / count(*) as indexes from ${table}`;
    const [{ heap, indexes } = { heap: 0, indexes: 0 }] = (await client.query(sizes)).rows;
    measured.push({ name, cpuMs: cpuMs / ROUNDS, heapBytes: heap, indexBytes: indexes });
    await client.query(`drop table ${table}`);
  }
  return measured;
}

/** Prints what COPY into each design costs, and what each current index costs. */
export async function compareCopyRates(client: pg.Client, print: (line: string) => void): Promise<void> {
  await client.query(TRIGGER_FUNCTION);
  await client.query(
    `insert into tick_store.instruments (symbol, name, type) select 'I' || i, 'x', 'other' from generate_series(7, ${INSTRUMENTS}) i`,
  );
  const designs = await measure(client, DESIGNS);
  const seed = designs[0] as Measured;
  print(`\n## COPY of ${ROWS} rows of ${INSTRUMENTS} instruments, the server's processor time, means of ${ROUNDS}\n`);
  print("| design | ms | rate against the seed's | bytes per tick: heap | indexes |\n|---|---|---|---|---|");
  for (const { name, cpuMs, heapBytes, indexBytes } of designs)
    print(
      `| ${name} | ${cpuMs.toFixed(1)} | ${(seed.cpuMs / cpuMs).toFixed(2)} | ${heapBytes.toFixed(0)} | ${indexBytes.toFixed(0)} |`,
    );

  const today = DESIGNS['today'] as Design;
  const without = Object.entries(TODAYS_INDEXES).map(([name, text]) => [
    `without ${name}`,
    { ...today, more: today.more.filter((other) => other !== text) },
  ]);
  const indexes = await measure(client, { 'all of them': today, ...Object.fromEntries(without) });
  const all = (indexes[0] as Measured).cpuMs;
  print('\n| index | costs an insert of 10,000 rows, ms |\n|---|---|');
  for (const { name, cpuMs } of indexes.slice(1))
    print(`| ${name.replace('without ', '')} | ${(all - cpuMs).toFixed(1)} |`);
}
