/**
 * The client of a Tick Store, for Node 20 or newer, browsers and Lambda. It depends on nothing else in this repository.
 * The parts that need a disk are in `spool/`, for Node only.
 */

export {
  DIALECT_PARAMETERS,
  type DialectParameters,
  type OpenQuestion,
  type SniffedDialect,
} from './dialect/dialect.ts';
export { type PreviewRow, previewRows, timePlaces } from './dialect/preview.ts';
export { sniffDialect } from './dialect/sniff-dialect.ts';
export { symbolFromName } from './dialect/symbol-from-name.ts';
export type * from './requests/api.ts';
export { type Authorize, bearer, type Credentials, sigV4 } from './requests/auth.ts';
export {
  type CallArguments,
  type CallOptions,
  type Client,
  type ClientOptions,
  createClient,
  type OperationName,
  type PlainRequest,
  type RawBody,
  type ResponseBody,
} from './requests/client.ts';
export { type BatchLimits, PacketError } from './requests/cut-batches.ts';
export { type BatchRecord, InvalidRecord } from './requests/encode-record.ts';
export type { HttpReply } from './requests/http.ts';
export { type BatchOutcome, type IngestOptions, ingest, storeBatch } from './requests/ingest.ts';
export { type LatestNames, latestTicks } from './requests/latest.ts';
export { type Item, items, type PagedOperation, pages } from './requests/pages.ts';
export { type FieldError, TickStoreProblem, TickStoreUnreachable } from './requests/problem.ts';
export { DEFAULT_RETRY, isRetryable, type RetryPolicy } from './requests/retry.ts';
export { OperationFailed, type WaitOptions, waitForOperation } from './requests/wait-for-operation.ts';
export type { BatchQueue, Part, RejectedRecord } from './sender/batch-queue.ts';
export { createSender, type Sender, type SenderOptions, type SenderStats, type SentBatch } from './sender/sender.ts';
