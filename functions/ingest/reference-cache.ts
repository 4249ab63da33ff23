import { isStorable } from '../contract/fields.ts';
import type { CallOptions, Database } from '../database/database.ts';
import type { References } from './references.ts';
import { activeInstruments, findInstruments, findRules, type KnownInstrument } from './sql/find-references.ts';

/**
 * The instruments and rules that batches have named so far, cached in the execution environment. Their ids never
 * change. Only the owner can remove one, and foreign keys then report it. The statement that stores a batch notices an
 * instrument that is no longer active. Nothing would report the opposite, that an instrument has been created or
 * activated, so that is read once per batch.
 */
export class ReferenceCache implements References {
  readonly #bySymbol = new Map<string, number>();
  readonly #byUpperCase = new Map<string, string>();
  /** Known instruments, and whether each is active. */
  readonly #instruments = new Map<number, boolean>();
  readonly #rules = new Set<number>();

  instrumentBySymbol(symbol: string): number | undefined {
    // stored names are in NFC, and so are nearly all names in requests
    return this.#bySymbol.get(symbol) ?? this.#bySymbol.get(symbol.normalize('NFC'));
  }

  inOtherCase(symbol: string): string | undefined {
    const other = this.#byUpperCase.get(symbol.toUpperCase());
    return other === symbol ? undefined : other;
  }

  hasInstrument(id: number): boolean {
    return this.#instruments.has(id);
  }

  isActive(id: number): boolean {
    return this.#instruments.get(id) === true;
  }

  hasRule(id: number): boolean {
    return this.#rules.has(id);
  }

  /** Clears the cache, because something in it no longer exists. */
  forget(): void {
    this.#bySymbol.clear();
    this.#byUpperCase.clear();
    this.#instruments.clear();
    this.#rules.clear();
  }

  /** Reads instruments before a batch has named them, so that the first batch can be read in one pass. */
  async preload(database: Database, options: CallOptions): Promise<void> {
    this.#learn(await database.run<KnownInstrument>(activeInstruments(MOST_PRELOADED), options));
  }

  /** Loads what the records and the query name and the cache lacks. Returns the symbols that no instrument has. */
  async load(
    database: Database,
    records: readonly unknown[],
    query: { symbol?: string | undefined; instrumentId?: number | undefined },
    options: CallOptions,
  ): Promise<string[]> {
    const named = namedIn(records);
    if (query.symbol !== undefined) named.symbols.add(query.symbol);
    if (query.instrumentId !== undefined) named.instruments.add(query.instrumentId);
    const symbols = [...named.symbols].filter((symbol) => !this.isActive(this.#bySymbol.get(symbol) ?? 0));
    const instruments = [...named.instruments].filter((id) => !this.isActive(id));
    const rules = [...named.rules].filter((id) => !this.#rules.has(id));
    if (symbols.length > 0 || instruments.length > 0) await this.#read(database, symbols, instruments, options);
    if (rules.length > 0) {
      for (const row of await database.run<{ id: number }>(findRules(rules), options)) this.#rules.add(row.id);
    }
    return symbols.filter((symbol) => !this.#bySymbol.has(symbol));
  }

  /** Asks the database whether these instruments are active now, for a batch that no statement will store. */
  async areStillActive(database: Database, instruments: ReadonlySet<number>, options: CallOptions): Promise<boolean> {
    const ids = [...instruments];
    if (ids.length === 0) return true;
    const found = await this.#read(database, [], ids, options);
    return found.filter(({ active }) => active).length === ids.length;
  }

  async #read(
    database: Database,
    symbols: readonly string[],
    instruments: readonly number[],
    options: CallOptions,
  ): Promise<KnownInstrument[]> {
    const found = await database.run<KnownInstrument>(findInstruments(symbols, instruments), options);
    this.#learn(found);
    return found;
  }

  #learn(found: readonly KnownInstrument[]): void {
    for (const { symbol, id, active } of found) {
      this.#bySymbol.set(symbol, id);
      this.#byUpperCase.set(symbol.toUpperCase(), symbol);
      this.#instruments.set(id, active);
    }
  }
}

/** Most services have fewer instruments than this. 1,000 take one query of 2 ms, and 50 kB. */
const MOST_PRELOADED = 1000;

/** 64 characters in UTF-16 units, decomposed. A longer text cannot be a symbol. */
const MAX_SYMBOL_UNITS = 400;

/** Everything that could be a symbol or an id. Anything else is rejected later, with its reason. */
function namedIn(records: readonly unknown[]) {
  const symbols = new Set<string>();
  const instruments = new Set<number>();
  const rules = new Set<number>();
  for (const record of records) {
    if (typeof record !== 'object' || record === null) continue;
    const { symbol, instrumentId, ruleId } = record as Record<string, unknown>;
    if (typeof symbol === 'string' && symbol.length <= MAX_SYMBOL_UNITS && isStorable(symbol))
      symbols.add(symbol.normalize('NFC'));
    if (Number.isSafeInteger(instrumentId)) instruments.add(instrumentId as number);
    if (Number.isSafeInteger(ruleId)) rules.add(ruleId as number);
  }
  return { symbols, instruments, rules };
}
