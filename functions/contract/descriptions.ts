import type { RouteName } from './endpoints.ts';

/** What stands above the operations: what holds for all of them. */
export const API_DESCRIPTION = `A store of market data on Postgres. Batches go in whole, nothing is ever removed for good, and every change is a recorded operation.

**Errors** are problem documents (RFC 9457) as \`application/problem+json\`. Branch on \`code\`, which never changes; \`title\` and \`detail\` are for people. Every response carries \`X-Request-Id\`.

**Retries.** Send an \`Idempotency-Key\` with every POST. The same key with the same request returns the first response again, with \`Idempotency-Replayed: true\`, and changes nothing. A 429 or 503 with \`Retry-After\` can be retried after that many seconds.

**HEAD** works wherever GET does, with the same status and headers and no body.

**What API Gateway itself responds** has another form: \`{"message": "Forbidden"}\` with 403 for a request that is not authorised, \`{"message": "Too Many Requests"}\` with 429 over the API's rate, \`{"message": "Service Unavailable"}\` with 503 where no function could be started or none responded within 30 seconds, \`{"message": "Internal Server Error"}\` with 500, \`{"message": "Request Entity Too Large"}\` with 413 for more than 10 MB. It carries \`apigw-requestid\` instead of \`X-Request-Id\`, and no \`Retry-After\`: wait a second, and twice as long each time.

**Limits.** \`RateLimit-Policy\` says how many requests per second the API takes from all callers together. How many are left cannot be known to a single function, so there is no \`RateLimit\` field.

**Versions.** The path begins with the major version. Within \`/v1\` fields, parameters, routes and problem codes are added and never taken away or changed, so a client must ignore response fields that it does not know. What is going to end is marked \`deprecated\` here, and its responses carry \`Deprecation\` (RFC 9745) and \`Sunset\` (RFC 8594) at least 180 days before. A change that breaks clients would be \`/v2\`, next to \`/v1\` for as long.`;

const INGEST = (rows: string) =>
  `Stores up to 65,536 ${rows} in one transaction: all valid ones, or none where anything fails. The receipt has exactly one outcome for each input row. Send the same batch again with the same \`Idempotency-Key\` and the same receipt comes back.`;
const BATCH =
  'Returns the receipt of a batch as it was, byte for byte. The id is in the receipt itself and in every row that the batch stored.';
const DELETE =
  'Marks rows as deleted: those of `ids`, of one `batchId`, or of a `filter`. They leave every read, stay stored, and can be restored. `dryRun` counts what would change. With `expectedCount` nothing changes unless it is that many rows. With `operationId` it takes back one restoration (redo). More than 131,072 rows are an operation in steps: the response is a 202, and `GET …/operations/{id}` shows how far it is.';
const RESTORE =
  'Brings deleted rows back. With `operationId` it undoes one deletion: exactly the rows it deleted that nobody has restored since. Of a correction, it deletes the new rows and restores those that they replaced. More than 131,072 rows are an operation in steps, as in a deletion.';
const OPERATIONS =
  'Every deletion, restoration and correction ever made, with who, when, why and how many rows, newest first. Nothing removes one.';
const BATCHES =
  'Batches with their counts, who sent them and under which key, newest first. A batch that was refused as a whole is listed for a week.';
const OPERATION =
  'One deletion, restoration or correction with the ids that it changed, that were as wanted already, and that do not exist. One of more than 131,072 rows has its `status`, `rowsDone` and `rowsToDo` instead of ids.';
const LATEST = (row: string) =>
  `The newest ${row} of up to 1,000 instruments, in one query. Each instrument that was asked for has a key, with null where it has none.`;
const LATEST_OF = (row: string) =>
  `${LATEST(row)} The body names the instruments, for 1,000 symbols do not fit a URL: API Gateway takes 10,240 bytes of it and the headers.`;
const LIST = (rows: string) =>
  `${rows} of a period, page by page. Both bounds are included. Follow \`nextCursor\` until it is null: no page skips or repeats a row while others are being written.`;

/** What each operation does, in sentences: the reference shows them. Every route has one. */
export const DESCRIPTIONS: Readonly<Record<RouteName, string>> = {
  ingestMarketData: `${INGEST('ticks or bars')} With \`onConflict=replace\` and a \`reason\`, records replace stored rows of the same key, by an operation that can be undone.`,
  listMarketData: LIST('Ticks'),
  latestMarketData: LATEST('tick'),
  latestMarketDataOf: LATEST_OF('tick'),
  listBars:
    'Bars of a length, made when they are asked for: exactly what the ticks say now, whatever came late, was deleted, restored or corrected. By symbol, then start; intervals without ticks are absent.',
  listCoverage:
    'What is stored: rows, deleted rows, rows with a sequence, the first and the last time, per instrument and day or month in UTC. By symbol, then period; a period without rows is absent. Always exact, from counts that the store keeps.',
  getTick:
    'One tick by the id that a receipt or a read has given. A deleted one is found with `includeDeleted=true` only.',
  getTickHistory:
    'The revisions of a row, oldest first, by the id of any of them: what each said, whether it is deleted, and the operations that stored, deleted or restored it. A row that was never corrected has one revision.',
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
  getAlertLog: 'One alert log by its id. A deleted one is found with `includeDeleted=true` only.',
  listAlertLogBatches: BATCHES,
  getAlertLogBatch: BATCH,
  deleteAlertLogs: DELETE,
  restoreAlertLogs: RESTORE,
  listAlertLogOperations: OPERATIONS,
  getAlertLogOperation: OPERATION,
  putInstrument:
    'Creates an instrument or replaces it: omitted fields reset to their defaults, but for `priceDecimals`, which a stored instrument keeps. The same again changes and records nothing. `If-None-Match: *` only creates, `If-Match` only replaces the state with that `ETag`. Ticks refer to instruments, so none can be deleted; `status` takes one out of use.',
  patchInstrument:
    'Changes the fields that the body names, and leaves the others as they are. `If-Match` changes only the state with that `ETag`.',
  putInstruments:
    'Creates or replaces up to 10,000 instruments in one transaction: all of them, or none where one is not valid. Each is treated as by `PUT /v1/instruments/{symbol}`; the response counts what was created, changed and the same already.',
  listInstruments:
    'Instruments in the order of their symbols, page by page; `search` finds parts of symbols and names.',
  getInstrument:
    'One instrument by its symbol, in the case that it was created with. `ETag` names its state: send it as `If-None-Match` to get 304 while it is the same, or as `If-Match` to change it.',
  putAlertRule:
    'Creates an alert rule or replaces it: omitted fields reset to their defaults. The same again changes and records nothing. `If-None-Match: *` only creates, `If-Match` only replaces the state with that `ETag`.',
  patchAlertRule:
    'Changes the fields that the body names, and leaves the others as they are. `If-Match` changes only the state with that `ETag`.',
  putAlertRules:
    'Creates or replaces up to 10,000 alert rules in one transaction: all of them, or none where one is not valid. The response counts what was created, changed and the same already.',
  listAlertRules: 'Alert rules in the order of their names, page by page; `search` finds parts of names and symbols.',
  getAlertRule: 'One alert rule by its name. `ETag` names its state, as that of an instrument.',
  listReferenceChanges:
    'Every change of instruments and alert rules: who, when, what it was before and what it is since; newest first, those of `createInstruments` among them. Nothing removes one.',
  getReferenceChange: 'One change of an instrument or an alert rule, by its `operationId`.',
  getConfig:
    'Every setting that is in force, with secrets and addresses masked, and what is wrong or unwise about them. Outside a deployment there is none.',
  getHealth:
    'How the service is, by the last sample of the probe. 200 for `healthy` and `warning`, 503 for `critical` and `unknown`, so that a load balancer or an uptime monitor can read it. A sample older than three intervals is `unknown`.',
  listHealth: 'The samples of the probe, newest first. 1,000 are kept.',
  getPoolHealth: 'The connection pool by the last sample. A number that the pooler does not report is null.',
  getPartitionHealth: 'The partitions by the last sample, and for how many days they have been made ahead.',
  getPerformance: 'Rates, percentiles and the statements of each type, between the last two samples.',
  getOpenApi: 'This document: OpenAPI 3.1, with every operation, schema and problem.',
};
