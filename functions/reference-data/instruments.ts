import type { Page } from '../contract/page.ts';
import { type FieldError, Problem } from '../contract/problem.ts';
import type { Instrument } from '../contract/reference-data.ts';
import type { CallOptions, Database } from '../database/database.ts';
import { listByName, type NamedListQuery } from './list-by-name.ts';
import { findInstrument, findInstrumentId, type InstrumentRow, listInstruments } from './sql/instruments.ts';

/** A stored row and the ETag of its state. */
export interface Versioned<T> {
  readonly value: T;
  readonly version: string;
}

/**
 * Instruments, by symbol.
 * @throws Problem invalid_request for a cursor that is not valid
 */
export const listInstrumentPage = (
  database: Database,
  query: NamedListQuery,
  options: CallOptions,
): Promise<Page<Instrument>> =>
  listByName<InstrumentRow, Instrument>(
    database,
    query,
    { statement: listInstruments, toItem: toInstrument, nameOf: ({ symbol }) => symbol },
    options,
  );

/** @throws Problem instrument_not_found */
export async function instrumentBySymbol(
  database: Database,
  symbol: string,
  options: CallOptions,
): Promise<Versioned<Instrument>> {
  const [row] = await database.run<InstrumentRow>(findInstrument(symbol), options);
  return versionedInstrument(row);
}

/** The instrument that a request names, by id or by symbol. */
export interface InstrumentChoice {
  readonly instrumentId?: number | undefined;
  readonly symbol?: string | undefined;
}

/**
 * The id of the instrument that a request names.
 * @throws Problem instrument_not_found
 */
export async function instrumentIdOf(
  database: Database,
  choice: InstrumentChoice,
  options: CallOptions,
): Promise<number> {
  const { instrumentId = null, symbol = null } = choice;
  const [row] = await database.run<{ id: number }>(findInstrumentId(instrumentId, symbol), options);
  if (row !== undefined) return row.id;
  const error: FieldError = {
    path: symbol === null ? 'instrumentId' : 'symbol',
    code: 'unknown_instrument',
    message: 'unknown instrument',
  };
  throw new Problem('instrument_not_found', 'the request names an unknown instrument', { errors: [error] });
}

/**
 * The id of the instrument that a request filters by, null if it names none.
 * @throws Problem instrument_not_found
 */
export async function instrumentFilterOf(
  database: Database,
  choice: InstrumentChoice,
  options: CallOptions,
): Promise<number | null> {
  const named = choice.instrumentId !== undefined || choice.symbol !== undefined;
  return named ? instrumentIdOf(database, choice, options) : null;
}

/**
 * An instrument with the ETag of its state.
 * @throws Problem instrument_not_found
 */
export function versionedInstrument(row: InstrumentRow | undefined): Versioned<Instrument> {
  if (row === undefined) throw new Problem('instrument_not_found', 'no instrument has this symbol');
  return { value: toInstrument(row), version: row.version };
}

function toInstrument(row: InstrumentRow): Instrument {
  return {
    id: row.id,
    symbol: row.symbol,
    name: row.name,
    type: row.type,
    status: row.status,
    priceDecimals: row.price_decimals,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
