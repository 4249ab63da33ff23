import type { Page } from '../contract/page.ts';
import { type FieldError, Problem } from '../contract/problem.ts';
import type { Instrument, InstrumentRequest } from '../contract/reference-data.ts';
import type { CallOptions, Database } from '../database/database.ts';
import { DatabaseError } from '../database/errors.ts';
import { listByName, type NamedListQuery } from './list-by-name.ts';
import {
  findInstrument,
  findInstrumentId,
  type InstrumentRow,
  listInstruments,
  putInstrument,
} from './sql/instruments.ts';

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
): Promise<Instrument> {
  const [row] = await database.run<InstrumentRow>(findInstrument(symbol), options);
  if (row === undefined) throw new Problem('instrument_not_found', 'no instrument has this symbol');
  return toInstrument(row);
}

/**
 * Creates an instrument, or replaces it.
 * @throws Problem name_differs_in_case
 */
export async function saveInstrument(
  database: Database,
  symbol: string,
  request: InstrumentRequest,
  options: CallOptions,
): Promise<Instrument> {
  try {
    const statement = putInstrument({ ...request, symbol, name: request.name ?? symbol });
    const [rows] = await database.transaction([statement], options);
    return toInstrument(rows?.[0] as InstrumentRow);
  } catch (error) {
    if (error instanceof DatabaseError && error.fields.constraint === 'instruments_symbol_any_case') {
      throw new Problem('name_differs_in_case', 'an instrument with this symbol in different case exists', {
        cause: error,
      });
    }
    throw error;
  }
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
 * The id of the instrument that a request filters by, null where it names none.
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
