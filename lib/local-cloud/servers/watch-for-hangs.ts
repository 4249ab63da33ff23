/** How often a server is checked. */
const EVERY_MS = 5_000;
/** A server that has not served for this long is hung: PostgreSQL stuck in a shutdown, or a stopped process. */
const HUNG_AFTER_MS = 20_000;

export interface HangWatchOptions {
  /** Rejects if the server does not serve. It must settle by itself within seconds. */
  readonly check: () => Promise<unknown>;
  /** Called once, with the error of the last check. */
  readonly onHung: (problem: string) => void;
  readonly everyMs?: number;
  readonly hungAfterMs?: number;
}

/** Checks a server periodically. @returns a function that ends the checks */
export function watchForHangs({
  check,
  onHung,
  everyMs = EVERY_MS,
  hungAfterMs = HUNG_AFTER_MS,
}: HangWatchOptions): () => void {
  let failingSince: number | undefined;
  let timer: NodeJS.Timeout;
  let ended = false;
  const plan = () => {
    timer = setTimeout(look, everyMs);
    timer.unref();
  };
  const look = async () => {
    const lookedAt = performance.now();
    const problem = await check().then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    if (ended) return;
    if (problem === undefined) failingSince = undefined;
    else failingSince ??= lookedAt;
    if (problem !== undefined && performance.now() - (failingSince ?? lookedAt) >= hungAfterMs) onHung(problem);
    else plan();
  };
  plan();
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}
