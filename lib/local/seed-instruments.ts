import { ownerDatabase } from './owner-database.ts';

interface SeedInstrument {
  readonly symbol: string;
  readonly name: string;
  readonly type: 'future' | 'index' | 'internal';
  readonly priceDecimals: number;
}

const instrument = (
  symbol: string,
  name: string,
  type: SeedInstrument['type'],
  priceDecimals: number,
): SeedInstrument => ({ symbol, name, type, priceDecimals });

/**
 * The twelve instruments of the original. Two decimals fit every price step of its futures and indices; four is the
 * default.
 */
const SEED_INSTRUMENTS: readonly SeedInstrument[] = [
  instrument('ES', 'E-mini S&P 500', 'future', 2),
  instrument('NQ', 'E-mini Nasdaq-100', 'future', 2),
  instrument('YM', 'E-mini Dow', 'future', 2),
  instrument('CL', 'Crude Oil WTI', 'future', 2),
  instrument('GC', 'Gold', 'future', 2),
  instrument('SPX', 'S&P 500 Index', 'index', 2),
  instrument('NDX', 'Nasdaq-100 Index', 'index', 2),
  instrument('RUT', 'Russell 2000 Index', 'index', 2),
  instrument('VIX', 'CBOE Volatility Index', 'internal', 4),
  instrument('TICK', 'NYSE Tick Index', 'internal', 4),
  instrument('ADD', 'NYSE Advance-Decline Difference', 'internal', 4),
  instrument('TRIN', 'NYSE Arms Index', 'internal', 4),
];

const SEED_TIME_MS = 10_000;

/**
 * Adds the missing instruments, and leaves existing ones unchanged, whatever the case of their symbols. The missing
 * ones are selected first, because an insert that ends in `do nothing` still consumes an id.
 */
const INSERT_MISSING = `
  insert into tick_store.instruments (symbol, name, type, price_decimals)
  select seed.symbol, seed.name, seed.type, seed."priceDecimals"
    from rows from (jsonb_to_recordset($1::jsonb) as (symbol text, name text, type text, "priceDecimals" smallint))
         with ordinality as seed (symbol, name, type, "priceDecimals", place)
   where not exists (select from tick_store.instruments i where upper(i.symbol) = upper(seed.symbol))
   order by seed.place
  on conflict do nothing
  returning symbol`;

/**
 * Adds the first instruments to a database, as the owner and without the pooler.
 * @returns the symbols that were missing
 * @throws DatabaseError
 */
export async function seedInstruments(ownerUrl: string): Promise<string[]> {
  const database = ownerDatabase(ownerUrl);
  try {
    const rows = await database.run<{ symbol: string }>(
      { name: 'seed-instruments', text: INSERT_MISSING, values: [JSON.stringify(SEED_INSTRUMENTS)] },
      { deadline: Date.now() + SEED_TIME_MS, idempotent: true },
    );
    return rows.map((row) => row.symbol);
  } finally {
    await database.close();
  }
}
