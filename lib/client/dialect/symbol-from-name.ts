/** Words in file names that describe the content and its period. */
const NOT_SYMBOLS =
  /^(\d+(s|m|min|h|d|w|mo)|[smhdw]\d+|mn1|tick|ticks|trades?|quotes?|klines?|aggtrades|bars?|ohlcv?|candles?|daily|hourly|minute|min|hist(ory|orical)?|data|ascii|\d{4,14}|\d{2})$/i;
const EXTENSIONS = /(\.(csv|tsv|txt|ndjson|jsonl|json|parquet|gz|zip|prn|asc))+$/i;

/**
 * The symbol in a file's name: its first word that is not a time span, a date or a kind of data.
 * `BTCUSDT-1m-2024-01.zip` is BTCUSDT, `DAT_ASCII_EURUSD_M1_2012.csv` is EURUSD. Its case is kept, because symbols are
 * case-sensitive.
 * @param pattern a regular expression instead of that rule: its first group, or the whole match
 */
export function symbolFromName(path: string, pattern?: RegExp): string | undefined {
  const file = path.split(/[\\/]/).at(-1) ?? '';
  if (pattern !== undefined) {
    const match = pattern.exec(file);
    return match?.[1] ?? match?.[0];
  }
  const words = file
    .replace(EXTENSIONS, '')
    .split(/[_\s-]+/)
    .filter((word) => word !== '' && word.toUpperCase() !== 'DAT');
  return words.find((word) => !NOT_SYMBOLS.test(word));
}
