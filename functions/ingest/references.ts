/** Looks up what records refer to, in memory: `ReferenceCache` has already loaded what the batch names. */
export interface References {
  instrumentBySymbol(symbol: string): number | undefined;
  /** The symbol of an instrument that differs from this one only in case. */
  inOtherCase(symbol: string): string | undefined;
  hasInstrument(id: number): boolean;
  /** Whether an instrument accepts records. One that is inactive or in error does not. */
  isActive(id: number): boolean;
  hasRule(id: number): boolean;
}
