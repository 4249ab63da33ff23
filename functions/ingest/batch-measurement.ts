import type { StoredResponse } from '../ledger/stored-response.ts';
import type { Measurement } from '../metrics/invocation-metrics.ts';

/** The head of a receipt: its ids and counts come before anything that can be long. */
const HEAD =
  /^\{"batchId":(\d+),"firstId":\d+,"received":(\d+),"inserted":(\d+),"duplicates":(\d+),"conflicts":(\d+),"tombstoned":(\d+),"rejected":(\d+),/;

/** What a batch did, by its receipt. */
export function batchMeasurement({ json }: StoredResponse): Measurement {
  const found = HEAD.exec(json);
  // the rows are stored: a receipt of another form is no reason to answer an error
  if (found === null) return {};
  const [batchId, received, inserted, duplicates, conflicts, tombstoned, rejected] = found.slice(1).map(Number);
  return {
    metrics: {
      RowsReceived: received,
      RowsInserted: inserted,
      RowsDuplicate: duplicates,
      RowsConflicting: conflicts,
      RowsTombstoned: tombstoned,
      RowsRejected: rejected,
    } as Measurement['metrics'],
    properties: { batchId },
  };
}
