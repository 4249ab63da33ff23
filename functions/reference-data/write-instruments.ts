import { type FieldError, Problem } from '../contract/problem.ts';
import type { Instrument, InstrumentList, InstrumentPatch, InstrumentRequest } from '../contract/reference-data.ts';
import type { Database } from '../database/database.ts';
import { applyChange, applyChanges, type ChangeCounts, type ChangeRequest, repeatedPlaces } from './apply-change.ts';
import { type Versioned, versionedInstrument } from './instruments.ts';
import type { InstrumentRow } from './sql/instruments.ts';
import { findOtherCases, type InstrumentItem, instrumentTable, type OtherCase } from './sql/put-instruments.ts';

/**
 * Creates an instrument, or replaces it.
 * @throws Problem precondition_failed, name_differs_in_case
 */
export async function putInstrument(
  database: Database,
  symbol: string,
  request: InstrumentRequest,
  change: ChangeRequest,
): Promise<Versioned<Instrument>> {
  const item = replacement(symbol, request);
  const stored = await applyChange<InstrumentItem, InstrumentRow>(database, instrumentTable, item, change, true).catch(
    async (error: unknown) => {
      if (!(error instanceof Problem) || error.code !== 'name_differs_in_case') throw error;
      const others = await database.run<OtherCase>(findOtherCases([symbol]), change.options);
      throw otherCases([symbol], others, () => 'symbol');
    },
  );
  return versionedInstrument(stored);
}

/**
 * Changes what the request names.
 * @throws Problem precondition_failed, instrument_not_found
 */
export async function patchInstrument(
  database: Database,
  symbol: string,
  patch: InstrumentPatch,
  change: ChangeRequest,
): Promise<Versioned<Instrument>> {
  const item: InstrumentItem = {
    symbol,
    name: patch.name ?? null,
    type: patch.type ?? null,
    status: patch.status ?? null,
    priceDecimals: patch.priceDecimals ?? null,
  };
  return versionedInstrument(await applyChange(database, instrumentTable, item, change, false));
}

/**
 * Creates or replaces many, all or none.
 * @throws Problem invalid_request if a symbol occurs twice, name_differs_in_case; both say which
 */
export async function putInstruments(
  database: Database,
  { instruments }: InstrumentList,
  change: ChangeRequest,
): Promise<ChangeCounts> {
  const symbols = instruments.map(({ symbol }) => symbol);
  const repeated = repeatedPlaces(symbols.map((symbol) => symbol.toUpperCase()));
  if (repeated.length > 0)
    throw invalidItems(repeated, 'repeated_name', 'is the symbol of an instrument before it, in this or another case');
  const others = await database.run<OtherCase>(findOtherCases(symbols), change.options);
  if (others.length > 0) throw otherCases(symbols, others, (place) => `instruments.${place}.symbol`);
  const items = instruments.map(({ symbol, ...request }) => replacement(symbol, request));
  return applyChanges(database, instrumentTable, items, change);
}

/** The values that a PUT stores. The contract has already filled in the defaults. */
const replacement = (symbol: string, request: InstrumentRequest): InstrumentItem => ({
  symbol,
  name: request.name ?? symbol,
  type: request.type,
  status: request.status,
  priceDecimals: request.priceDecimals,
});

function invalidItems(places: readonly number[], code: string, message: string): Problem {
  const errors = places.map((place): FieldError => ({ path: `instruments.${place}.symbol`, code, message }));
  return new Problem('invalid_request', `${errors[0]?.path} ${message}; nothing was changed`, { errors });
}

/** A problem that lists the stored symbols that differ from these only in case. */
function otherCases(
  symbols: readonly string[],
  others: readonly OtherCase[],
  pathOf: (place: number) => string,
): Problem {
  const stored = new Map(others.map(({ symbol, other }) => [symbol, other]));
  const errors = symbols.flatMap((symbol, place): FieldError[] => {
    const other = stored.get(symbol);
    if (other === undefined) return [];
    const message = `the instrument ${other} differs in case only`;
    return [{ path: pathOf(place), code: 'name_differs_in_case', message }];
  });
  return new Problem('name_differs_in_case', `${errors[0]?.path}: ${errors[0]?.message}; nothing was changed`, {
    errors,
  });
}
