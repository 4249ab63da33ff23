/**
 * What runs inside one execution environment: the counterpart of Lambda's Node.js runtime interface client.
 *
 * Forked by `execution-environment.ts` with the arguments `entry handler`. It imports the entry once (the cold start),
 * says that it is ready, then runs one invocation at a time and sits idle in between. It ends when its parent does.
 *
 * An uncaught error or an unhandled rejection ends the process, as it does in Lambda; the parent sees the exit.
 */
import { pathToFileURL } from 'node:url';
import {
  createContext,
  describeError,
  errorLine,
  type FunctionError,
  type Handler,
  handlerOf,
  type InvocationRequest,
} from './runtime.ts';

/** What the environment reports to its parent. `payload` is JSON. */
export type EnvironmentMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'init-failed'; readonly error: FunctionError }
  | { readonly kind: 'answered'; readonly payload: string }
  | { readonly kind: 'failed'; readonly error: FunctionError };

const logError = (what: string, requestId: string, error: FunctionError) =>
  void process.stderr.write(`${errorLine(what, requestId, error)}\n`);

function send(message: EnvironmentMessage, sent: () => void = () => {}): void {
  process.send?.(message, sent);
}

async function runInvocation(handler: Handler, request: InvocationRequest): Promise<void> {
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
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});

const [entry = '', handlerName = 'handler'] = process.argv.slice(2);
try {
  const handler = handlerOf(await import(pathToFileURL(entry).href), entry, handlerName);
  process.on('message', (request: InvocationRequest) => void runInvocation(handler, request));
  send({ kind: 'ready' });
} catch (thrown) {
  const error = describeError(thrown);
  logError('Init Error', '', error);
  send({ kind: 'init-failed', error }, () => process.exit(1));
}
