/**
 * What runs inside one execution environment: the counterpart of Lambda's Node.js runtime interface client.
 *
 * Forked by `execution-environment.ts` with the arguments `entry handler`. It imports the entry once (the cold start),
 * says that it is ready, then runs one invocation at a time and sits idle in between. It ends when its parent does.
 *
 * An uncaught error or an unhandled rejection ends the process, as it does in Lambda; the parent sees the exit.
 */
import { pathToFileURL } from 'node:url';
import type { Context } from 'aws-lambda';

/** One invocation, from the parent to the environment. `event` is JSON; `deadlineMs` is epoch milliseconds. */
export interface InvocationRequest {
  readonly requestId: string;
  readonly event: string;
  readonly deadlineMs: number;
}

/** What the environment tells its parent. `payload` is JSON. */
export type EnvironmentMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'init-failed'; readonly error: FunctionError }
  | { readonly kind: 'answered'; readonly payload: string }
  | { readonly kind: 'failed'; readonly error: FunctionError };

/** An error as Lambda reports it: the same three fields as in its logs and in an Invoke answer. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly stackTrace: readonly string[];
}

/** `done`, `fail` and `succeed` went away with callback handlers in Lambda's Node.js 24 runtime. */
type LambdaContext = Omit<Context, 'done' | 'fail' | 'succeed'>;
type Handler = (event: unknown, context: LambdaContext) => unknown;

class RuntimeError extends Error {
  constructor(errorType: string, message: string) {
    super(message);
    this.name = errorType;
  }
}

function describeError(error: unknown): FunctionError {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), stackTrace: [] };
  return {
    errorType: error.name,
    errorMessage: error.message,
    stackTrace: (error.stack ?? '').split('\n').map((line) => line.trim()),
  };
}

function logError(what: string, requestId: string, error: FunctionError): void {
  process.stderr.write(`${new Date().toISOString()}\t${requestId}\tERROR\t${what}\t${JSON.stringify(error)}\n`);
}

async function loadHandler(entry: string, name: string): Promise<Handler> {
  const loaded: Record<string, unknown> = await import(pathToFileURL(entry).href);
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

function createContext(request: InvocationRequest): LambdaContext {
  const variable = (name: string) => process.env[name] ?? '';
  const functionName = variable('AWS_LAMBDA_FUNCTION_NAME');
  return {
    awsRequestId: request.requestId,
    callbackWaitsForEmptyEventLoop: true,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:${variable('AWS_REGION')}:000000000000:function:${functionName}`,
    logGroupName: variable('AWS_LAMBDA_LOG_GROUP_NAME'),
    logStreamName: variable('AWS_LAMBDA_LOG_STREAM_NAME'),
    memoryLimitInMB: variable('AWS_LAMBDA_FUNCTION_MEMORY_SIZE'),
    getRemainingTimeInMillis: () => Math.max(0, request.deadlineMs - Date.now()),
  };
}

function send(message: EnvironmentMessage, sent: () => void = () => {}): void {
  process.send?.(message, sent);
}

async function runInvocation(handler: Handler, request: InvocationRequest): Promise<void> {
  try {
    const result = await handler(JSON.parse(request.event), createContext(request));
    send({ kind: 'answered', payload: JSON.stringify(result) ?? 'null' });
  } catch (thrown) {
    const error = describeError(thrown);
    logError('Invoke Error', request.requestId, error);
    send({ kind: 'failed', error });
  }
}

process.on('disconnect', () => process.exit(0));
// Ctrl-C and a closed terminal reach the whole process group: the parent decides when its environments end.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});

const [entry = '', handlerName = 'handler'] = process.argv.slice(2);
try {
  const handler = await loadHandler(entry, handlerName);
  process.on('message', (request: InvocationRequest) => void runInvocation(handler, request));
  send({ kind: 'ready' });
} catch (thrown) {
  const error = describeError(thrown);
  logError('Init Error', '', error);
  send({ kind: 'init-failed', error }, () => process.exit(1));
}
