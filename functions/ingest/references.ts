/** Finds what records refer to, from memory: `ReferenceCache` has loaded what the batch names. */
export interface References {
  instrumentBySymbol(symbol: string): number | undefined;
  /** The symbol of an instrument that differs from this one in case only. */
  inOtherCase(symbol: string): string | undefined;
  hasInstrument(id: number): boolean;
  /** Whether an instrument takes records: one that is inactive or in error does not. */
  isActive(id: number): boolean;
  hasRule(id: number): boolean;
}
