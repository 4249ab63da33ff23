// @ts-check
/**
 * The process inside one execution environment: the counterpart of Lambda's Node.js runtime interface client.
 *
 * `execution-environment.ts` starts it with the arguments `entry handler` and a socket to itself as file descriptor 3.
 * It imports the entry once (the cold start), reports that it is ready, then runs one invocation at a time and is idle
 * in between. It ends when its parent does.
 *
 * An uncaught error or an unhandled rejection ends the process, as in Lambda; the parent sees the exit.
 *
 * This is JavaScript because every environment starts with it. Stripping the types of two files, with the compiler that
 * Node loads for that, was more than half of a process start: 81 ms of processor time, now 36 (26 November 2026).
 */
import { Socket } from 'node:net';
import { pathToFileURL } from 'node:url';
import { frameReader, writeFrame } from './frames.js';
import { attachBody, createContext, describeError, errorLine, handlerOf } from './runtime.js';

/** @import { EnvironmentMessage, FunctionError, Handler, InvocationRequest } from './invocation.ts' */

/**
 * @param {string} what
 * @param {string} requestId
 * @param {FunctionError} error
 */
const logError = (what, requestId, error) => void process.stderr.write(`${errorLine(what, requestId, error)}\n`);

/** More than the kernel delivers per read. */
const READ_BYTES = 256 * 1024;

// an invocation copies the body before it first waits
const frames = frameReader((json, bytes) => void runInvocation(JSON.parse(json), bytes), { reuse: true });
const channel = new Socket({
  fd: 3,
  onread: {
    buffer: Buffer.allocUnsafe(READ_BYTES),
    callback: (read, buffer) => {
      frames(/** @type {Buffer} */ (buffer.subarray(0, read)));
      return true;
    },
  },
});

/**
 * @param {EnvironmentMessage} message
 * @param {string} [payload] JSON
 * @param {() => void} [sent]
 */
function send(message, payload = '', sent = undefined) {
  writeFrame(channel, JSON.stringify(message), Buffer.from(payload), sent);
}

/** @type {Handler} */
let handler;

/**
 * @param {InvocationRequest} request
 * @param {Buffer} body
 */
async function runInvocation(request, body) {
  const { event, encoding } = request;
  try {
    const whole = encoding === null ? event : attachBody(event, body, encoding);
    const result = await handler(whole, createContext(request, process.env));
    send({ kind: 'returned' }, JSON.stringify(result) ?? 'null');
  } catch (thrown) {
    const error = describeError(thrown);
    logError('Invoke Error', request.requestId, error);
    send({ kind: 'failed', error });
  }
}

// its parent has ended
channel.on('close', () => process.exit(0));
channel.on('error', () => process.exit(0));
// Ctrl-C and a closed terminal reach the whole process group: the parent decides when its environments end.
for (const signal of /** @type {const} */ (['SIGINT', 'SIGHUP'])) process.on(signal, () => {});

const [entry = '', handlerName = 'handler'] = process.argv.slice(2);
try {
  handler = handlerOf(await import(pathToFileURL(entry).href), entry, handlerName);
  send({ kind: 'ready' });
} catch (thrown) {
  const error = describeError(thrown);
  logError('Init Error', '', error);
  send({ kind: 'init-failed', error }, '', () => process.exit(1));
}
