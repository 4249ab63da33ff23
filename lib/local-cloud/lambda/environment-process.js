// @ts-check
/**
 * What runs inside one execution environment: the counterpart of Lambda's Node.js runtime interface client.
 *
 * Forked by `execution-environment.ts` with the arguments `entry handler`. It imports the entry once (the cold start),
 * says that it is ready, then runs one invocation at a time and sits idle in between. It ends when its parent does.
 *
 * An uncaught error or an unhandled rejection ends the process, as it does in Lambda; the parent sees the exit.
 *
 * JavaScript: every environment starts with it, and taking the types out of two files, with the compiler that Node loads for
 * that, was more than half of the start of a process: 81 ms of processor time, now 36 (26 November 2026).
 */
import { pathToFileURL } from 'node:url';
import { createContext, describeError, errorLine, handlerOf } from './runtime.js';

/** @import { EnvironmentMessage, FunctionError, Handler, InvocationRequest } from './invocation.ts' */

/**
 * @param {string} what
 * @param {string} requestId
 * @param {FunctionError} error
 */
const logError = (what, requestId, error) => void process.stderr.write(`${errorLine(what, requestId, error)}\n`);

/** @param {EnvironmentMessage} message */
function send(message, sent = () => {}) {
  process.send?.(message, sent);
}

/**
 * @param {Handler} handler
 * @param {InvocationRequest} request
 */
async function runInvocation(handler, request) {
  try {
    const result = await handler(JSON.parse(request.event), createContext(request, process.env));
    send({ kind: 'answered', payload: JSON.stringify(result) ?? 'null' });
  } catch (thrown) {
    const error = describeError(thrown);
    logError('Invoke Error', request.requestId, error);
    send({ kind: 'failed', error });
  }
}

process.on('disconnect', () => process.exit(0));
// Ctrl-C and a closed terminal reach the whole process group: the parent decides when its environments end.
for (const signal of /** @type {const} */ (['SIGINT', 'SIGHUP'])) process.on(signal, () => {});

const [entry = '', handlerName = 'handler'] = process.argv.slice(2);
try {
  const handler = handlerOf(await import(pathToFileURL(entry).href), entry, handlerName);
  process.on('message', (request) => void runInvocation(handler, /** @type {InvocationRequest} */ (request)));
  send({ kind: 'ready' });
} catch (thrown) {
  const error = describeError(thrown);
  logError('Init Error', '', error);
  send({ kind: 'init-failed', error }, () => process.exit(1));
}
