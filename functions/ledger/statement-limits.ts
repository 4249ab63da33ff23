/**
 * Statements that one transaction is spread over at most: 50,000 of one row each outlast an API call, and so may 1,000 where
 * each is a round trip of 20 ms, as on the Data API. An operation's plan their partitions anew, 17 ms each over 60 months,
 * so they are fewer.
 */
export const MAX_INSERT_STATEMENTS = 250;
/** The same for the statements of an operation. */
export const MAX_CHANGE_STATEMENTS = 100;

/** Rows per statement: what the client requested, or more if that would make too many statements. */
export const rowsPerStatement = (batchSize: number, rows: number, mostStatements: number): number =>
  Math.max(batchSize, Math.ceil(rows / mostStatements));
