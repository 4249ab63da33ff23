import { useEffect, useState } from 'preact/hooks';
import { ApiError, request } from '../api/request.ts';

/** The state of a poll. A value is kept while a later attempt fails; both are shown. */
export interface Live<T> {
  readonly value: T | undefined;
  readonly error: ApiError | undefined;
  /** When the value was last confirmed. Epoch milliseconds. */
  readonly at: number | undefined;
}

const NOTHING: Live<never> = { value: undefined, error: undefined, at: undefined };
const LONGEST_WAIT_MS = 30_000;

/**
 * One poll per path, shared by whoever shows it. It stops while the page is hidden, asks at once when it is shown again,
 * sends the last ETag so that an unchanged response costs a line, and slows down while the server fails.
 */
class Poll {
  state: Live<unknown> = NOTHING;
  readonly #path: string;
  readonly #everyMs: number;
  readonly #listeners = new Set<() => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #etag: string | undefined;
  #failures = 0;
  #isAsking = false;

  constructor(path: string, everyMs: number) {
    this.#path = path;
    this.#everyMs = everyMs;
  }

  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) {
      document.addEventListener('visibilitychange', this.#wake);
      this.refresh();
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      clearTimeout(this.#timer);
      document.removeEventListener('visibilitychange', this.#wake);
    };
  }

  readonly #wake = (): void => {
    if (document.visibilityState === 'visible') this.refresh();
  };

  readonly refresh = async (): Promise<void> => {
    if (this.#isAsking) return;
    this.#isAsking = true;
    clearTimeout(this.#timer);
    try {
      const { value, headers } = await request(this.#path, { accept: [503], etag: this.#etag });
      this.#failures = 0;
      this.#etag = headers.get('etag') ?? undefined;
      const shown = value === undefined ? this.state.value : value;
      // only /v1/health has a value with 503; elsewhere it is a problem document
      if (isProblem(shown)) throw new ApiError(503, shown);
      this.state = { value: shown, error: undefined, at: Date.now() };
    } catch (error) {
      this.#failures += 1;
      const known = error instanceof ApiError ? error : new ApiError(0, { detail: String(error) });
      this.state = { ...this.state, error: known };
    }
    this.#isAsking = false;
    for (const listener of this.#listeners) listener();
    this.#schedule();
  };

  /** A missing path stays missing: a deployment has no local pages. */
  #schedule(): void {
    if (this.#listeners.size === 0 || document.visibilityState === 'hidden' || this.state.error?.status === 404) return;
    const wait = Math.min(this.#everyMs * 2 ** this.#failures, Math.max(this.#everyMs, LONGEST_WAIT_MS));
    this.#timer = setTimeout(this.refresh, wait);
  }
}

const isProblem = (value: unknown): value is { title: string } =>
  typeof value === 'object' && value !== null && 'code' in value && 'title' in value;

const polls = new Map<string, Poll>();

function pollOf(path: string, everyMs: number): Poll {
  const found = polls.get(path) ?? new Poll(path, everyMs);
  polls.set(path, found);
  return found;
}

/**
 * The value of a GET, kept up to date.
 * @param path null while there is nothing to ask
 */
export function useLive<T>(path: string | null, everyMs: number): Live<T> & { refresh: () => void } {
  const poll = path === null ? undefined : pollOf(path, everyMs);
  const [, render] = useState(0);
  useEffect(() => poll?.listen(() => render((count) => count + 1)), [poll]);
  return { ...((poll?.state ?? NOTHING) as Live<T>), refresh: () => void poll?.refresh() };
}

/** Polls again now, wherever the path is shown, after a change made by this page. */
export function refreshAll(prefix: string): void {
  for (const [path, poll] of polls) if (path.startsWith(prefix)) void poll.refresh();
}
