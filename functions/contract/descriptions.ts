import type { RouteName } from './endpoints.ts';

/** What stands above the operations: what holds for all of them. */
export const API_DESCRIPTION = `A store of market data on Postgres. Batches are stored completely or not at all, nothing is ever deleted permanently, and every change is a recorded operation.

**Errors** are problem documents (RFC 9457) as \`application/problem+json\`. Branch on \`code\`, which never changes; \`title\` and \`detail\` are for people. Every response carries \`X-Request-Id\`.

**Retries.** Send an \`Idempotency-Key\` with every POST. The same key with the same request returns the first response again, with \`Idempotency-Replayed: true\`, and changes nothing. A 429 or 503 with \`Retry-After\` can be retried after that many seconds.

**HEAD** works wherever GET does, with the same status and headers and no body.

**Responses of API Gateway itself** have another form: \`{"message": "Forbidden"}\` with 403 for a request that is not authorised, \`{"message": "Too Many Requests"}\` with 429 over the API's rate, \`{"message": "Service Unavailable"}\` with 503 if no function could be started or none responded within 30 seconds, \`{"message": "Internal Server Error"}\` with 500, \`{"message": "Request Entity Too Large"}\` with 413 for more than 10 MB. They carry \`apigw-requestid\` instead of \`X-Request-Id\`, and no \`Retry-After\`: wait a second, and twice as long each time.

**Limits.** \`RateLimit-Policy\` says how many requests per second the API accepts from all callers together. There is no \`RateLimit\` field, because a single function cannot know how many are left.

**Versions.** The path begins with the major version. Within \`/v1\`, fields, parameters, routes and problem codes may be added but are never removed or changed, so a client must ignore response fields that it does not know. Whatever is going to be removed is marked \`deprecated\` here, and its responses carry \`Deprecation\` (RFC 9745) and \`Sunset\` (RFC 8594) at least 180 days before. A breaking change would be \`/v2\`, with \`/v1\` available for as long.`;

const INGEST = (rows: string) =>
  `Stores up to 65,536 ${rows} in one transaction: all valid ones, or none if anything fails. The receipt has exactly one outcome for each input row. Sending the same batch again with the same \`Idempotency-Key\` returns the same receipt.`;
const BATCH =
  'Returns the original receipt of a batch, byte for byte. The batch id is in the receipt and in every row that the batch stored.';
const DELETE =
  'Marks rows as deleted, selected by `ids`, one `batchId` or a `filter`. Reads no longer show them, but they stay stored and can be restored. `dryRun` counts what would change. With `expectedCount`, nothing changes unless exactly that many rows would. With `operationId`, it takes back one restoration (redo). More than 131,072 rows are changed in steps: the response is a 202, and `GET …/operations/{id}` shows the progress.';
const RESTORE =
  'Brings deleted rows back. With `operationId`, it undoes one deletion: it restores exactly the rows that it deleted and nobody has restored since. To undo a correction, it deletes the new rows and restores those that they replaced. More than 131,072 rows are changed in steps, as in a deletion.';
const OPERATIONS =
  'Every deletion, restoration and correction ever made, with who, when, why and how many rows, newest first. They are kept permanently.';
const BATCHES =
  'Batches with their counts, who sent them and under which key, newest first. A batch that was refused as a whole is listed for a week.';
const OPERATION =
  'One deletion, restoration or correction with the ids that it changed, that were already in the requested state, and that do not exist. An operation on more than 131,072 rows has `status`, `rowsDone` and `rowsToDo` instead of ids.';
const LATEST = (row: string) =>
  `The newest ${row} of up to 1,000 instruments, in one query. Each requested instrument has a key, with null if it has no ${row}.`;
const LATEST_OF = (row: string) =>
  `${LATEST(row)} The body names the instruments, because 1,000 symbols do not fit into a URL: API Gateway accepts 10,240 bytes of URL and headers.`;
const LIST = (rows: string) =>
  `${rows} of a period, page by page. Both bounds are included. Follow \`nextCursor\` until it is null. Pages never skip or repeat a row, even while others are being written.`;

/** What each operation does, in sentences: the reference shows them. Every route has one. */
export const DESCRIPTIONS: Readonly<Record<RouteName, string>> = {
  ingestMarketData: `${INGEST('ticks or bars')} With \`onConflict=replace\` and a \`reason\`, records replace stored rows with the same key, as an operation that can be undone.`,
  listMarketData: LIST('Ticks'),
  latestMarketData: LATEST('tick'),
  latestMarketDataOf: LATEST_OF('tick'),
  listBars:
    'Bars of an interval, computed on request. They always match the current ticks, including late, deleted, restored and corrected ones. Ordered by symbol, then start. Intervals without ticks are absent.',
  listCoverage:
    'What is stored per instrument and day or month in UTC: rows, deleted rows, rows with a sequence, and the first and last time. Ordered by symbol, then period. A period without rows is absent. The counts are always exact.',
  getTick: 'One tick by its id from a receipt or a read. A deleted tick is only found with `includeDeleted=true`.',
  getTickHistory:
    'The revisions of a row, oldest first, by the id of any of them: its values, whether it is deleted, and the operations that stored, deleted or restored it. A row that was never corrected has one revision.',
  listMarketDataBatches: BATCHES,
  getMarketDataBatch: BATCH,
  deleteMarketData: DELETE,
  restoreMarketData: RESTORE,
  listMarketDataOperations: OPERATIONS,
  getMarketDataOperation: OPERATION,
  ingestAlertLogs: INGEST('alert logs'),
  listAlertLogs: `${LIST('Fired alert rules')} Each carries the names of its rule and its instrument.`,
  latestAlertLogs: LATEST('alert log'),
  latestAlertLogsOf: LATEST_OF('alert log'),
  getAlertLog: 'One alert log by its id. A deleted one is only found with `includeDeleted=true`.',
  listAlertLogBatches: BATCHES,
  getAlertLogBatch: BATCH,
  deleteAlertLogs: DELETE,
  restoreAlertLogs: RESTORE,
  listAlertLogOperations: OPERATIONS,
  getAlertLogOperation: OPERATION,
  putInstrument:
    'Creates or replaces an instrument. Omitted fields reset to their defaults, `priceDecimals` to 4. Repeating the request changes and records nothing. `If-None-Match: *` only creates, `If-Match` only replaces the state with that `ETag`. Instruments cannot be deleted, because ticks refer to them. Set `status` to take one out of use.',
  patchInstrument:
    'Changes the fields that the body names, and leaves the others as they are. `If-Match` changes only the state with that `ETag`.',
  putInstruments:
    'Creates or replaces up to 10,000 instruments in one transaction: all of them, or none if one is not valid. Each is treated as by `PUT /v1/instruments/{symbol}`. The response counts those created, changed and unchanged.',
  listInstruments:
    'Instruments in the order of their symbols, page by page; `search` finds parts of symbols and names.',
  getInstrument:
    'One instrument by its symbol, in the case with which it was created. `ETag` names its state: send it as `If-None-Match` to get 304 while it is the same, or as `If-Match` to change it.',
  putAlertRule:
    'Creates or replaces an alert rule. Omitted fields reset to their defaults. Repeating the request changes and records nothing. `If-None-Match: *` only creates, `If-Match` only replaces the state with that `ETag`.',
  patchAlertRule:
    'Changes the fields that the body names, and leaves the others as they are. `If-Match` changes only the state with that `ETag`.',
  putAlertRules:
    'Creates or replaces up to 10,000 alert rules in one transaction: all of them, or none if one is not valid. The response counts those created, changed and unchanged.',
  listAlertRules: 'Alert rules in the order of their names, page by page; `search` finds parts of names and symbols.',
  getAlertRule: 'One alert rule by its name. `ETag` names its state, as for an instrument.',
  listReferenceChanges:
    'Every change of instruments and alert rules, newest first, including those by `createInstruments`: who, when, and the values before and after. They are kept permanently.',
  getReferenceChange: 'One change of an instrument or an alert rule, by its `operationId`.',
  getConfig:
    'Every effective setting, with secrets and addresses masked, and errors and warnings about them. Outside a deployment there is none.',
  getHealth:
    'The health of the service, from the last sample of the probe. 200 for `healthy` and `warning`, 503 for `critical` and `unknown`, so a load balancer or an uptime monitor can use it. A sample older than three intervals is `unknown`.',
  listHealth: 'The samples of the probe, newest first. 1,000 are kept.',
  getPoolHealth: 'The connection pool at the last sample. A number that the pooler does not report is null.',
  getPartitionHealth: 'The partitions at the last sample, and for how many days ahead they exist.',
  getPerformance: 'Rates, percentiles and the statements of each type, between the last two samples.',
  getOpenApi: 'This document: OpenAPI 3.1, with every operation, schema and problem.',
};
