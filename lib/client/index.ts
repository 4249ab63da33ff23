/**
 * The client of a Tick Store: one import, for Node 20 or newer, browsers and Lambda. It depends on nothing else in this
 * repository. What needs a disk is in `spool/`, for Node alone.
 */
export type * from './api.ts';
export { type Authorize, bearer, type Credentials, sigV4 } from './auth.ts';
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
} from './client.ts';
export { type BatchLimits, PacketError } from './cut-batches.ts';
export {
  DIALECT_PARAMETERS,
  type DialectParameters,
  type OpenQuestion,
  type SniffedDialect,
} from './dialect/dialect.ts';
export { type PreviewRow, previewRows, timePlaces } from './dialect/preview.ts';
export { sniffDialect } from './dialect/sniff-dialect.ts';
export { symbolFromName } from './dialect/symbol-from-name.ts';
export { type BatchRecord, InvalidRecord } from './encode-record.ts';
export type { HttpReply } from './http.ts';
export { type BatchOutcome, type IngestOptions, ingest, storeBatch } from './ingest.ts';
export { type Item, items, type PagedOperation, pages } from './pages.ts';
export { type FieldError, TickStoreProblem, TickStoreUnreachable } from './problem.ts';
export { DEFAULT_RETRY, isRetryable, type RetryPolicy } from './retry.ts';
export type { BatchQueue, Part, RejectedRecord } from './sender/batch-queue.ts';
export { createSender, type Sender, type SenderOptions, type SenderStats, type SentBatch } from './sender/sender.ts';
