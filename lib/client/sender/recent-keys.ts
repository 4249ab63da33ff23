import { PacketError } from '../requests/cut-batches.ts';
import type { BatchRecord } from '../requests/encode-record.ts';

/** The number of ended parts whose keys are remembered: rows of a packet arrive within moments of each other. */
const REMEMBERED_PARTS = 4;

/** Remembers the keys of the last parts: with `sequenceOf=packet`, rows that share a key must be in one part. */
export class RecentKeys {
  #filling = new Set<string>();
  readonly #ended: Set<string>[] = [];

  /** Whether the part that is being filled may end before this record. */
  mayEndBefore(record: BatchRecord): boolean {
    return !this.#filling.has(keyOf(record));
  }

  /** @throws PacketError if the record's packet has already been sent */
  add(record: BatchRecord): void {
    const key = keyOf(record);
    if (this.#ended.some((keys) => keys.has(key)))
      throw new PacketError('a record of a packet came after the batch of that packet had been sent');
    this.#filling.add(key);
  }

  partEnded(): void {
    this.#ended.unshift(this.#filling);
    this.#ended.length = Math.min(this.#ended.length, REMEMBERED_PARTS);
    this.#filling = new Set();
  }
}

const keyOf = ({ instrumentId, symbol, timestamp, sequence }: BatchRecord): string =>
  JSON.stringify([instrumentId ?? symbol, timestamp, sequence]);
