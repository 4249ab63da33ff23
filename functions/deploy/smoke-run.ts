import { randomUUID } from 'node:crypto';
import { firstIdOf } from '../contract/batches.ts';
import { columnTypeOf } from '../contract/fields.ts';
import { tickFields } from '../contract/market-data.ts';
import { type ArrayParameter, array, type CallOptions, type Database } from '../database/database.ts';
import { DatabaseError, isRefused, isRefusedByPooler } from '../database/errors.ts';
import type { RowColumns } from '../ingest/batch-table.ts';
import { createInstruments } from '../ingest/sql/create-instruments.ts';
import { insertBatch, type LedgerEntry } from '../ledger/sql/batch-ledger.ts';
import { tickTable } from '../market-data/tick-table.ts';
import { refuseSmokeRun } from './sql/refuse-smoke-run.ts';

/** How the two rows were inserted. */
export type SmokeWay = 'arrays' | 'copy';

/** An id that no sequence reaches before a few billion instruments. The transaction is rolled back anyway. */
const INSTRUMENT = { id: 2_147_483_647, symbol: 'tick-store smoke run' };
const PRICES = [1.25, 2.5];
const FOUND = 'smoke run read 2 rows, 3.75 in all';
const MS_PER_DAY = 86_400_000;

/**
 * Stores two ticks in the same way as batches, over the functions' connection through the pooler, reads them, and rolls
 * everything back. It does so with plain statements, and with COPY if the backend has it. A deployment runs it before
 * anything takes traffic, because nothing else shows earlier what a pooler supports.
 * @returns the ways that worked; without COPY if the pooler refuses it, because batches are then inserted without it
 * @throws SmokeFailure with what failed, so that the deployment fails
 */
export async function smokeRun(database: Database, options: CallOptions): Promise<SmokeWay[]> {
  await expectRolledBack('arrays', byArrays(database, options));
  if (!database.capabilities.copy || database.session === undefined) return ['arrays'];
  try {
    await expectRolledBack('copy', byCopy(database, options));
  } catch (error) {
    // the driver has recorded the refusal, and inserts batches by arrays from now on
    if (error instanceof SmokeFailure && isRefusal(error.cause)) return ['arrays'];
    throw error;
  }
  return ['arrays', 'copy'];
}

/** The error that a deployment reports if the two rows could not be stored and read. */
export class SmokeFailure extends Error {
  override readonly name = 'SmokeFailure';
}

const isRefusal = (error: unknown): boolean => error instanceof DatabaseError && isRefusedByPooler(error);

/** The run must end with the error that reports two rows. @throws SmokeFailure otherwise */
async function expectRolledBack(way: SmokeWay, run: Promise<unknown>): Promise<void> {
  const error = await run.then(
    () => new Error('the transaction was not rolled back'),
    (thrown: unknown) => thrown,
  );
  const message = error instanceof Error ? error.message : String(error);
  if (isRefused(error, FOUND)) return;
  throw new SmokeFailure(`The smoke run by ${way} failed: ${message}`, { cause: error });
}

async function byArrays(database: Database, options: CallOptions): Promise<unknown> {
  const entry = newEntry();
  const statements = [createInstruments(entry, [INSTRUMENT]), insertBatch(entry), tickTable.insert(entry, twoRows())];
  return database.transaction([...statements, refuseSmokeRun(entry)], options);
}

async function byCopy(database: Database, options: CallOptions): Promise<unknown> {
  const entry = newEntry();
  return database.session?.(async (session) => {
    await session.run(createInstruments(entry, [INSTRUMENT]));
    const [stored] = await session.run<{ block: number }>(insertBatch(entry));
    const firstId = firstIdOf(stored?.block ?? 0);
    const { timestamps, instruments, fields } = twoRows();
    const ids = array(
      'int8',
      PRICES.map((_, index) => firstId + index),
    );
    await session.copy(tickTable.copy, [[ids, timestamps, instruments, ...fields]]);
    await session.run(refuseSmokeRun(entry));
  }, options);
}

/** Two ticks with the current time and only a price. */
function twoRows(): RowColumns {
  const now = Date.now() * 1000;
  const columns = tickFields.map((field): ArrayParameter => {
    const type = columnTypeOf(field);
    if (field.name === 'price') return array(type, Float64Array.from(PRICES));
    // NaN is null
    return array(type, type === 'text' ? PRICES.map(() => null) : Float64Array.from(PRICES, () => Number.NaN));
  });
  return {
    indexes: array('int4', Int32Array.from(PRICES.keys())),
    timestamps: array(
      'timestamptz',
      Float64Array.from(PRICES, () => now),
    ),
    instruments: array(
      'int4',
      Int32Array.from(PRICES, () => INSTRUMENT.id),
    ),
    fields: columns,
  };
}

function newEntry(): LedgerEntry {
  const id = randomUUID();
  const now = new Date().toISOString();
  return {
    ...{ keyScope: 'deployment', idempotencyKey: `smoke-run-${id}`, actor: 'deployment', invocationId: id },
    ...{ payloadHash: new Uint8Array(32), target: 'market_data', barLength: 0, minTime: now, maxTime: now },
    ...{ received: PRICES.length, accepted: PRICES.length, rejected: 0, receipt: `"received":${PRICES.length}}` },
    touched: {
      instruments: Int32Array.of(INSTRUMENT.id),
      days: Int32Array.of(Math.floor(Date.now() / MS_PER_DAY)),
    },
  };
}
