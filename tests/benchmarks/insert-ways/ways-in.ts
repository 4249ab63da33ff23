import type pg from 'pg';
import { type ArrayParameter, array } from '../../../functions/database/database.ts';
import { encodeArray } from '../../../functions/database/drivers/postgres/binary-format.ts';
import { batchColumns, COLUMNS, ROWS, TYPES } from './batch-columns.ts';
import { copyRows } from './copy-rows.ts';
import { makeVariant } from './make-variant.ts';
import { alternate, ms, type Print, ROUNDS, serverTime } from './measure.ts';

/** Prints what each way to insert a batch of ticks costs, compared with binary COPY. */
export async function measureWaysIn(client: pg.Client, print: Print): Promise<void> {
  await makeVariant(client, 'market_data', 'ways', 'none');
  const insert = (text: string, values: (columns: ArrayParameter[]) => unknown[]) => (turn: number) => {
    const bound = values(batchColumns(turn + 100_000));
    return serverTime(client, () => client.query(text, bound));
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
      return serverTime(client, () => copyRows(client, `copy ways (${COLUMNS}) from stdin (format binary)`, columns));
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
      return serverTime(client, () => copyRows(client, `copy ways (${COLUMNS}) from stdin (format binary)`, columns));
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
