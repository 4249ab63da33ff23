import { type BatchRecord, encodeRecord, utf8Length } from './encode-record.ts';

/** The size limits of a batch. */
export interface BatchLimits {
  /** Records per batch. */
  readonly rows: number;
  /** Bytes per batch, as NDJSON before it is compressed. */
  readonly bytes: number;
  /** Whether to keep records of one time together, as `sequenceOf=packet` requires. */
  readonly packets: boolean;
}

/** The store is fastest at 10,000 rows per batch. 4 MB fit Lambda's 6 MB of base64 even if gzip gains nothing. */
export const DEFAULT_LIMITS: BatchLimits = { rows: 10_000, bytes: 4_000_000, packets: false };

/**
 * The limits of one request: the service's own limit of records, and the 4.5 MB of a binary body that API Gateway can
 * pass on.
 */
const HARD_LIMITS = { rows: 65_536, bytes: 4_400_000 };

/** A batch that is ready to be sent. */
export interface CutBatch {
  /** The index of its first record in the whole input. */
  readonly firstIndex: number;
  readonly rows: number;
  /** NDJSON. */
  readonly body: string;
}

/**
 * Records that cannot be cut into batches without splitting a packet. The batches before it have already been yielded.
 */
export class PacketError extends Error {
  override readonly name = 'PacketError';
}

/**
 * Cuts records into batches. The same records and limits always give the same batches, so that a repeated run has the
 * same keys. With `packets`, a batch ends only where the time changes. A time that occurs again after its batch has
 * ended is an error: sort such records by time first.
 * @throws InvalidRecord, PacketError
 */
export async function* cutBatches(
  records: Iterable<BatchRecord> | AsyncIterable<BatchRecord>,
  given: Partial<BatchLimits> = {},
): AsyncGenerator<CutBatch> {
  const limits = { ...DEFAULT_LIMITS, ...given };
  const packets = limits.packets ? new PacketGuard() : undefined;
  let open = new OpenBatch(0);
  for await (const record of records) {
    const line = encodeRecord(record);
    const bytes = utf8Length(line) + 1;
    const isFull = open.rows >= limits.rows || open.bytes + bytes > limits.bytes;
    if (open.rows > 0 && isFull && (packets?.mayCutBefore(record) ?? true)) {
      yield open.cut();
      packets?.close();
      open = new OpenBatch(open.firstIndex + open.rows);
    }
    packets?.add(record);
    open.add(line, bytes);
  }
  if (open.rows > 0) yield open.cut();
}

class OpenBatch {
  readonly firstIndex: number;
  readonly #lines: string[] = [];
  bytes = 0;

  constructor(firstIndex: number) {
    this.firstIndex = firstIndex;
  }

  get rows(): number {
    return this.#lines.length;
  }

  add(line: string, bytes: number): void {
    this.#lines.push(line);
    this.bytes += bytes;
    if (this.rows <= HARD_LIMITS.rows && this.bytes <= HARD_LIMITS.bytes) return;
    throw new PacketError(`${this.rows} records of one time exceed the limit of one request`);
  }

  cut(): CutBatch {
    return { firstIndex: this.firstIndex, rows: this.rows, body: `${this.#lines.join('\n')}\n` };
  }
}

/** Ensures that all records of one time are in one batch. */
export class PacketGuard {
  #last: unknown;
  #low = Number.POSITIVE_INFINITY;
  #high = Number.NEGATIVE_INFINITY;
  /** The ranges of times in ended batches, both ends included. */
  readonly #closed: [low: number, high: number][] = [];

  mayCutBefore(record: BatchRecord): boolean {
    return record['timestamp'] !== this.#last;
  }

  /** @throws PacketError if the record's time may be in a batch that has ended */
  add(record: BatchRecord): void {
    const time = timeOf(record['timestamp']);
    if (this.#closed.some(([low, high]) => time >= low && time <= high))
      throw new PacketError(`${String(record['timestamp'])} comes again after its batch has ended: sort by time`);
    this.#last = record['timestamp'];
    this.#low = Math.min(this.#low, time);
    this.#high = Math.max(this.#high, time);
  }

  close(): void {
    const before = this.#closed.at(-1);
    // batches in order of time form one range, whatever their number
    if (before && before[1] < this.#low) before[1] = this.#high;
    else if (before && before[0] > this.#high) before[0] = this.#low;
    else this.#closed.push([this.#low, this.#high]);
    this.#low = Number.POSITIVE_INFINITY;
    this.#high = Number.NEGATIVE_INFINITY;
  }
}

/**
 * A comparable number for a time. All times of one input have the same form. Milliseconds for a string, with its
 * decimals.
 */
function timeOf(timestamp: unknown): number {
  if (typeof timestamp === 'number') return timestamp;
  if (timestamp instanceof Date) return timestamp.getTime();
  const text = String(timestamp);
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) return Number.NaN;
  const [, decimals = ''] = /\.(\d+)/.exec(text) ?? [];
  return ms + Number(`0.${decimals.slice(3) || 0}`);
}
