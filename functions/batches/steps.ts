/** Statements that one transaction is spread over at most: 50,000 of one row each outlast an API call. */
const MAX_STATEMENTS = 1000;

/** Rows a statement: what the client asked for, or more where that would make too many statements. */
export const rowsAStatement = (batchSize: number, rows: number): number =>
  Math.max(batchSize, Math.ceil(rows / MAX_STATEMENTS));
