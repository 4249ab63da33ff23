import { firstIdOf, MAX_RECORDS, type OfOutcomes, OUTCOMES, type Receipt } from '../../contract/batches.ts';

/**
 * The JSON text of a batch's receipt, which a replay returns byte for byte. Only this file knows its form. The ledger
 * keeps the text without the ids, because the database draws the batch's id in the statement that stores the text. Code
 * writes it if every accepted row was inserted, and SQL if rows were left out.
 */

/** A receipt without its ids: what is known before the batch has an id, and all there is of a refused batch. */
export type ReceiptBody = Omit<Receipt, 'batchId' | 'firstId' | 'refused'>;

/**
 * The text that the ledger keeps.
 * @param refused why nothing of the batch was stored
 */
export const bodyText = (body: ReceiptBody, refused?: string): string =>
  JSON.stringify(refused === undefined ? body : { ...body, refused }).slice(1);

/** The whole receipt from the text that the ledger keeps. */
export const receiptText = (batchId: number, body: string): string =>
  `{"batchId":${batchId},"firstId":${firstIdOf(batchId)},${body}`;

/** `receiptText` in SQL, of a row of the ledger. */
export const RECEIPT_SQL = `'{"batchId":' || block || ',"firstId":' || block * ${MAX_RECORDS} || ',' || receipt`;

/** SQL expressions for the parts of a receipt. */
export interface ReceiptExpressions {
  /** Integers. */
  readonly received: string;
  readonly counts: OfOutcomes<string>;
  /** JSON text of the ranges. */
  readonly ranges: OfOutcomes<string>;
  /** JSON text of the rejections. */
  readonly rejections: string;
  /** JSON text of the correction's id, for receipts of batches that may replace rows. */
  readonly operationId?: string;
}

/** `bodyText` in SQL: the same members in the same order. */
export function bodySql({ received, counts, ranges, rejections, operationId }: ReceiptExpressions): string {
  const members = (expressions: OfOutcomes<string>) =>
    OUTCOMES.filter((outcome) => expressions[outcome] !== undefined)
      .map((outcome) => `'"${outcome}":' || ${expressions[outcome]}`)
      .join("\n         || ',' || ");
  return [
    `'"received":' || ${received} || ',' || ${members(counts)}`,
    `',"outcomes":{' || ${members(ranges)}`,
    `'},"rejections":' || ${rejections}`,
    operationId === undefined ? "'}'" : `',"operationId":' || ${operationId} || '}'`,
  ].join('\n         || ');
}
