/**
 * Other clients of Postgres with a batch of ticks, each in its documented bulk idiom, on a pool of one connection. Each
 * gets the JSON text of a body, parses it, validates it with zod, as a team would, and stores its rows. None has a receipt,
 * a key or a ledger.
 */
import { drizzle } from 'drizzle-orm/node-postgres';
import { bigint, doublePrecision, integer, pgSchema, timestamp } from 'drizzle-orm/pg-core';
import createKnex from 'knex';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import postgres from 'postgres';
import { createPool, sql as slonikSql } from 'slonik';
import * as z from 'zod';

const number = z.number().nullable().optional();
const BODY = z.object({
  records: z.array(
    z.strictObject({
      ...{ timestamp: z.iso.datetime(), symbol: z.string() },
      ...{ price: number, volume: number, bid: number, ask: number, bidSize: number, askSize: number },
      ...{ openPrice: number, highPrice: number, lowPrice: number },
    }),
  ),
});

/** Postgres accepts 65,535 parameters per statement, and a row has 12. */
const ROWS_PER_STATEMENT = 5_000;
const COLUMNS = ['id', 'timestamp', 'instrument_id', 'price', 'volume', 'bid', 'ask', 'bid_size', 'ask_size'].concat([
  'open_price',
  'high_price',
  'low_price',
]);

/** Rows in the form of the table. */
function rowsOf(text, ids, firstId) {
  return BODY.parse(JSON.parse(text)).records.map((record, at) => ({
    ...{ id: firstId + at, timestamp: record.timestamp, instrument_id: ids.get(record.symbol) },
    ...{ price: record.price, volume: record.volume, bid: record.bid, ask: record.ask },
    ...{ bid_size: record.bidSize, ask_size: record.askSize },
    ...{ open_price: record.openPrice, high_price: record.highPrice, low_price: record.lowPrice },
  }));
}

function* chunksOf(rows) {
  for (let from = 0; from < rows.length; from += ROWS_PER_STATEMENT) yield rows.slice(from, from + ROWS_PER_STATEMENT);
}

const number8 = (name) => doublePrecision(name);
const TICKS = pgSchema('tick_store').table('market_data', {
  id: bigint({ mode: 'number' }).notNull(),
  timestamp: timestamp({ withTimezone: true, mode: 'string' }).notNull(),
  instrument_id: integer().notNull(),
  ...Object.fromEntries(COLUMNS.slice(3).map((name) => [name, number8(name)])),
});

/**
 * @param {string} url the pooler's URL
 * @param {ReadonlyMap<string, number>} ids the instruments' ids by symbol
 */
export async function openPeers(url, ids) {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  const kysely = new Kysely({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: url, max: 1 }) }) });
  const knex = createKnex({ client: 'pg', connection: url, pool: { min: 1, max: 1 } });
  const drizzled = drizzle(new pg.Pool({ connectionString: url, max: 1 }));
  // a transaction pooler does not support prepared statements
  const porsager = postgres(url, { max: 1, prepare: false });
  // the pooler refuses these as startup parameters
  const withoutTimeouts = { statementTimeout: 'DISABLE_TIMEOUT', idleInTransactionSessionTimeout: 'DISABLE_TIMEOUT' };
  const slonik = await createPool(url, { maximumPoolSize: 1, ...withoutTimeouts });
  const types = ['int8', 'timestamptz', 'int4', ...COLUMNS.slice(3).map(() => 'float8')];
  const peers = {
    'pg-copy-streams, text COPY': async (rows) => {
      const client = await pool.connect();
      try {
        await new Promise((resolve, reject) => {
          const stream = client.query(copyFrom(`copy tick_store.market_data (${COLUMNS.join()}) from stdin`));
          stream.once('finish', resolve).once('error', reject);
          stream.end(rows.map((row) => `${COLUMNS.map((name) => row[name] ?? '\\N').join('\t')}\n`).join(''));
        });
      } finally {
        client.release();
      }
    },
    'slonik, unnest': (rows) =>
      slonik.query(slonikSql.unsafe`
        insert into tick_store.market_data (${slonikSql.join(
          COLUMNS.map((name) => slonikSql.identifier([name])),
          slonikSql.fragment`, `,
        )})
        select * from ${slonikSql.unnest(
          rows.map((row) => COLUMNS.map((name) => row[name] ?? null)),
          types,
        )}`),
    'kysely, insertInto().values()': (rows) =>
      kysely.transaction().execute(async (transaction) => {
        for (const some of chunksOf(rows))
          await transaction.insertInto('tick_store.market_data').values(some).execute();
      }),
    'knex, batchInsert()': (rows) => knex.batchInsert('tick_store.market_data', rows, ROWS_PER_STATEMENT),
    'postgres.js, sql(rows)': (rows) =>
      porsager.begin(async (sql) => {
        for (const some of chunksOf(rows)) await sql`insert into tick_store.market_data ${sql(some, ...COLUMNS)}`;
      }),
    'drizzle, insert().values()': (rows) =>
      drizzled.transaction(async (transaction) => {
        for (const some of chunksOf(rows)) await transaction.insert(TICKS).values(some);
      }),
  };
  return {
    contenders: Object.entries(peers).map(([name, insert]) => ({
      name,
      store: (text, firstId) => insert(rowsOf(text, ids, firstId)),
    })),
    close: async () => {
      await Promise.all([
        pool.end(),
        kysely.destroy(),
        knex.destroy(),
        porsager.end(),
        slonik.end(),
        drizzled.$client.end(),
      ]);
    },
  };
}
