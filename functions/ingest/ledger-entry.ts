import { barLengthOf } from '../contract/batches.ts';
import type { IngestQuery } from '../contract/ingest-query.ts';
import { formatTimestamp } from '../contract/time.ts';
import type { LedgerEntry } from '../ledger/sql/batch-ledger.ts';
import { type KeyedRequest, keyOf } from '../ledger/sql/keyed-request.ts';
import { bodyText, type ReceiptBody } from '../ledger/sql/receipt-text.ts';
import type { BatchTable } from './batch-table.ts';
import { touchedDays } from './touched-days.ts';
import type { Validated } from './validate-records.ts';

/** What the ledger records of a batch that has been checked. */
export function ledgerEntry(
  table: BatchTable,
  request: KeyedRequest & { readonly query: IngestQuery },
  { columns, received, rejected }: Validated,
  body: ReceiptBody,
): LedgerEntry {
  const { min, max } = columns.timeBounds();
  return {
    ...keyOf(request),
    target: table.target,
    received,
    accepted: columns.length,
    rejected: rejected.length,
    minTime: formatTimestamp(min),
    maxTime: formatTimestamp(max),
    barLength: barLengthOf(request.query.bars),
    receipt: bodyText(body),
    touched: touchedDays(columns),
  };
}
