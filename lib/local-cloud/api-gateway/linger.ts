import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { Pacer } from './pacer.ts';

/** The longest time that the rest of a refused body is read. */
const LINGER_MS = 5_000;
/** After this long without a byte, the client is assumed to have read its response. */
const SILENCE_MS = 1_000;
/** The rate at which all refused bodies together are read: 32 MiB per second. */
const DISCARDED_BYTES_PER_MS = (32 * 1024 * 1024) / 1_000;

/**
 * Reads the rest of refused bodies and discards it, at no more than 32 MiB per second for all of them. A client that
 * ignores `Retry-After` sends its batch again at once. Reading that at full speed would take the processor from the
 * accepted requests, so the client waits for its own upload instead.
 */
export class Linger {
  readonly #pacer = new Pacer(LINGER_MS);
  readonly #lingering = new Set<AbortController>();
  #isStopped = false;

  /** Ends all reads in progress and refuses new ones. */
  stop(): void {
    this.#isStopped = true;
    for (const lingering of this.#lingering) lingering.abort();
  }

  /** Resolves when the body has ended, the client has disconnected or was silent, or the time is up. Never rejects. */
  async discard(request: IncomingMessage): Promise<void> {
    if (this.#isStopped || request.complete || request.destroyed) return;
    const lingering = new AbortController();
    this.#lingering.add(lingering);
    const end = () => lingering.abort();
    const timers = [setTimeout(end, LINGER_MS), setTimeout(end, SILENCE_MS)] as const;
    request.once('end', end).once('close', end).once('error', end);
    const skip = (chunk: Buffer) => {
      timers[1].refresh();
      void this.#waitFor(request, chunk.length, lingering.signal);
    };
    request.on('data', skip);
    await new Promise((resolve) => lingering.signal.addEventListener('abort', resolve, { once: true }));
    request.removeListener('data', skip);
    for (const timer of timers) clearTimeout(timer);
    this.#lingering.delete(lingering);
  }

  async #waitFor(request: IncomingMessage, bytes: number, signal: AbortSignal): Promise<void> {
    const waitMs = this.#pacer.delayMs(bytes / DISCARDED_BYTES_PER_MS);
    if (waitMs === 0) return;
    request.pause();
    await delay(waitMs, undefined, { signal }).catch(() => {});
    if (!signal.aborted) request.resume();
  }
}
