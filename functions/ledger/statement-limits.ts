/**
 * The most insert statements per transaction. 50,000 statements of one row take longer than an API call may, and so may
 * 1,000 if each is a round trip of 20 ms, as on the Data API.
 */
export const MAX_INSERT_STATEMENTS = 250;
/** The same for an operation. It is lower, because each statement plans its partitions again: 17 ms over 60 months. */
export const MAX_CHANGE_STATEMENTS = 100;

/** Rows per statement: as requested by the client, or more if that would take too many statements. */
export const rowsPerStatement = (batchSize: number, rows: number, mostStatements: number): number =>
  Math.max(batchSize, Math.ceil(rows / mostStatements));
