import type { ArrayParameter } from '../database/database.ts';
import { MAX_INSERT_STATEMENTS, rowsPerStatement } from '../ledger/statement-limits.ts';
import type { PartitionKeeper } from '../partitions/ensure-partitions.ts';
import type { BatchTable } from './batch-table.ts';
import { comparator, insertionOrder } from './insertion-order.ts';
import { pickRows, rowColumns, rowsWithIds } from './row-columns.ts';
import type { UsualBatch, UsualReader } from './usual-rows.ts';

/** Thrown when a batch turns out not to be streamable, that is, sent while it is read. */
export class CannotStream extends Error {
  override readonly name = 'CannotStream';
}

/**
 * Records in the first slice and in later ones. The first is read before the transaction begins (0.2 ms), because what
 * is unusual about a batch mostly shows there.
 */
const FIRST_SLICE = 250;
const SLICE = 1000;

/** The rows from `from` up to, but not including, `to`, and their insertion order. */
interface SliceRows {
  readonly from: number;
  readonly to: number;
  readonly order: Int32Array | undefined;
}

/**
 * A batch as slices, each read when it is first needed. Sorting each slice by itself gives the indexes most of the
 * benefit of sorting. Rows with a sequence must be in order across the whole batch; otherwise two batches that share
 * rows could deadlock.
 */
export class BatchSlices {
  readonly #reader: UsualReader;
  readonly #table: BatchTable;
  readonly #partitions: PartitionKeeper;
  readonly #size: number;
  readonly #slices: SliceRows[] = [];
  #isComplete = false;
  /** Whether all rows so far are in order, and whether any has a sequence. */
  #isInOrder = true;
  #isKeyed = false;

  /** @param batchSize rows per statement that the client asked for: slices are no larger */
  constructor(reader: UsualReader, table: BatchTable, partitions: PartitionKeeper, batchSize: number) {
    this.#reader = reader;
    this.#table = table;
    this.#partitions = partitions;
    this.#size = Math.min(SLICE, rowsPerStatement(batchSize, reader.capacity, MAX_INSERT_STATEMENTS));
  }

  /**
   * Reads the next slice, if there is one.
   * @throws CannotStream
   */
  readMore(): void {
    if (this.#isComplete) return;
    const { columns } = this.#reader.batch.validated;
    const from = columns.length;
    const progress = this.#reader.read(from === 0 ? Math.min(FIRST_SLICE, this.#size) : this.#size);
    if (progress === 'odd') throw new CannotStream('the batch has something to explain');
    this.#isComplete = progress === 'done';
    if (columns.length > from) this.#add(from, columns.length);
  }

  #add(from: number, to: number): void {
    const { columns } = this.#reader.batch.validated;
    const timestamps = columns.timestamps.subarray(from, to);
    if (!this.#partitions.knowsAll(this.#table.target, { timestamps, length: to - from }))
      throw new CannotStream('a partition may have to be made');
    const order = insertionOrder(columns, from, to);
    this.#isInOrder &&= order === undefined && (from === 0 || comparator(columns)(from - 1, from) <= 0);
    const sequences = columns.column('sequence')?.values as Float64Array | undefined;
    this.#isKeyed ||= sequences?.subarray(from, to).some((sequence) => !Number.isNaN(sequence)) ?? false;
    if (this.#isKeyed && !this.#isInOrder) throw new CannotStream('rows with a sequence are not in order');
    this.#slices.push({ from, to, order });
  }

  /**
   * The rows as COPY takes them, slice by slice.
   * @throws CannotStream
   */
  *rows(firstId: number): Generator<readonly ArrayParameter[]> {
    for (let place = 0; ; place++) {
      while (place === this.#slices.length && !this.#isComplete) this.readMore();
      const slice = this.#slices[place];
      if (slice === undefined) return;
      const { columns } = this.#reader.batch.validated;
      yield rowsWithIds(
        slice.order ? pickRows(columns, slice.order) : rowColumns(columns, slice.from, slice.to),
        firstId,
      );
    }
  }

  /** The whole batch, once `rows` has ended. */
  get batch(): UsualBatch {
    return this.#reader.batch;
  }
}
