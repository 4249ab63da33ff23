import { EXIT } from './cli-error.ts';

/** Handles Ctrl-C and termination signals while in use: the first ends the command in order, the second at once. */
export function interruption(): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const end = () => (controller.signal.aborted ? process.exit(EXIT.interrupted) : controller.abort());
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, end);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      for (const signal of signals) process.off(signal, end);
    },
  };
}
