import type { Context } from 'aws-lambda';

/**
 * One invocation as an environment receives it. If `encoding` is set, the bytes of the event's body follow, and
 * `encoding` says how they become a string. `deadlineMs` is epoch milliseconds.
 */
export interface InvocationRequest {
  readonly requestId: string;
  readonly deadlineMs: number;
  readonly encoding: 'utf8' | 'base64' | null;
  readonly event: unknown;
}

/** An error as Lambda reports it: the same three fields as in its logs and in an Invoke response. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly stackTrace: readonly string[];
}

/** What an environment reports to its parent. The handler's result follows the last of these kinds, as JSON. */
export type EnvironmentMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'init-failed'; readonly error: FunctionError }
  | { readonly kind: 'returned' }
  | { readonly kind: 'failed'; readonly error: FunctionError };

/** Lambda's Node.js 24 runtime removed `done`, `fail` and `succeed` together with callback handlers. */
export type LambdaContext = Omit<Context, 'done' | 'fail' | 'succeed'>;

/** What a function's module exports. */
export type Handler = (event: unknown, context: LambdaContext) => unknown;
