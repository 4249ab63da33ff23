// @ts-check
/**
 * What Lambda's Node.js runtime does around a handler, wherever the handler runs: it finds it in the loaded module,
 * builds its context, and describes what it throws.
 *
 * This is JavaScript, like `environment-process.js`, because every environment loads both.
 */

/** @import { FunctionError, Handler, InvocationRequest, LambdaContext } from './invocation.ts' */

class RuntimeError extends Error {
  /**
   * @param {string} errorType
   * @param {string} message
   */
  constructor(errorType, message) {
    super(message);
    this.name = errorType;
  }
}

/**
 * An error as Lambda reports it: its name, its message, its stack line by line.
 * @param {unknown} error
 * @returns {FunctionError}
 */
export function describeError(error) {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), stackTrace: [] };
  return {
    errorType: error.name,
    errorMessage: error.message,
    stackTrace: (error.stack ?? '').split('\n').map((line) => line.trim()),
  };
}

/**
 * The log line that Lambda's runtime writes for an error that a handler did not catch.
 * @param {string} what
 * @param {string} requestId
 * @param {FunctionError} error
 */
export const errorLine = (what, requestId, error) =>
  `${new Date().toISOString()}\t${requestId}\tERROR\t${what}\t${JSON.stringify(error)}`;

/**
 * The handler of a loaded module.
 * @param {Readonly<Record<string, unknown>>} loaded
 * @param {string} entry the module's path, for the error
 * @param {string} name of the export
 * @returns {Handler}
 * @throws RuntimeError if the module does not export it, or it takes a callback
 */
export function handlerOf(loaded, entry, name) {
  const handler = loaded[name];
  if (typeof handler !== 'function') {
    throw new RuntimeError('Runtime.HandlerNotFound', `${entry} does not export a function named "${name}"`);
  }
  // Node.js 24 on Lambda refuses callback handlers by their arity, so a handler with a callback must not work here
  // either.
  if (handler.length > 2) {
    throw new RuntimeError('Runtime.CallbackHandlerDeprecated', `"${name}" takes a callback: return a promise instead`);
  }
  return /** @type {Handler} */ (handler);
}

/**
 * Inserts the body of a request into its event, where an empty string reserves the field.
 * @param {unknown} event
 * @param {Buffer} bytes
 * @param {'utf8' | 'base64'} encoding
 * @returns {unknown} the event
 */
export function attachBody(event, bytes, encoding) {
  /** @type {{ body: string }} */ (event).body = bytes.toString(encoding);
  return event;
}

/**
 * The context of an invocation.
 * @param {Pick<InvocationRequest, 'requestId' | 'deadlineMs'>} request
 * @param {NodeJS.ProcessEnv} variables the environment's
 * @returns {LambdaContext}
 */
export function createContext(request, variables) {
  /** @param {string} name */
  const variable = (name) => variables[name] ?? '';
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
