/**
 * What Lambda's Node.js runtime does around a handler, wherever the handler runs: find it in the loaded module, build its
 * context, describe what it throws.
 */
import type { Context } from 'aws-lambda';

/** One invocation, as an environment receives it. `event` is JSON; `deadlineMs` is epoch milliseconds. */
export interface InvocationRequest {
  readonly requestId: string;
  readonly event: string;
  readonly deadlineMs: number;
}

/** An error as Lambda reports it: the same three fields as in its logs and in an Invoke response. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly stackTrace: readonly string[];
}

/** `done`, `fail` and `succeed` went away with callback handlers in Lambda's Node.js 24 runtime. */
export type LambdaContext = Omit<Context, 'done' | 'fail' | 'succeed'>;
export type Handler = (event: unknown, context: LambdaContext) => unknown;

class RuntimeError extends Error {
  constructor(errorType: string, message: string) {
    super(message);
    this.name = errorType;
  }
}

/** An error as Lambda reports it: its name, its message, its stack line by line. */
export function describeError(error: unknown): FunctionError {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), stackTrace: [] };
  return {
    errorType: error.name,
    errorMessage: error.message,
    stackTrace: (error.stack ?? '').split('\n').map((line) => line.trim()),
  };
}

/** The log line that Lambda's runtime writes for an error that a handler did not catch. */
export const errorLine = (what: string, requestId: string, error: FunctionError): string =>
  `${new Date().toISOString()}\t${requestId}\tERROR\t${what}\t${JSON.stringify(error)}`;

/**
 * The handler of a loaded module.
 * @throws RuntimeError where the module does not export it, or it takes a callback
 */
export function handlerOf(loaded: Readonly<Record<string, unknown>>, entry: string, name: string): Handler {
  const handler = loaded[name];
  if (typeof handler !== 'function') {
    throw new RuntimeError('Runtime.HandlerNotFound', `${entry} does not export a function named "${name}"`);
  }
  // Node.js 24 on Lambda refuses callback handlers by their arity, so a handler that takes one must not work here either.
  if (handler.length > 2) {
    throw new RuntimeError('Runtime.CallbackHandlerDeprecated', `"${name}" takes a callback: return a promise instead`);
  }
  return handler as Handler;
}

/** The context of an invocation. `variables` is the environment's. */
export function createContext(request: InvocationRequest, variables: NodeJS.ProcessEnv): LambdaContext {
  const variable = (name: string) => variables[name] ?? '';
  const functionName = variable('AWS_LAMBDA_FUNCTION_NAME');
  return {
    awsRequestId: request.requestId,
    callbackWaitsForEmptyEventLoop: true,
    functionName,
    functionVersion: '1',
    invokedFunctionArn: `arn:aws:lambda:${variable('AWS_REGION')}:000000000000:function:${functionName}`,
    logGroupName: variable('AWS_LAMBDA_LOG_GROUP_NAME'),
    logStreamName: variable('AWS_LAMBDA_LOG_STREAM_NAME'),
    memoryLimitInMB: variable('AWS_LAMBDA_FUNCTION_MEMORY_SIZE'),
    getRemainingTimeInMillis: () => Math.max(0, request.deadlineMs - Date.now()),
  };
}
