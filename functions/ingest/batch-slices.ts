import type { ArrayParameter } from '../database/database.ts';
import { MAX_INSERT_STATEMENTS, rowsPerStatement } from '../ledger/statement-limits.ts';
import type { PartitionKeeper } from '../partitions/ensure-partitions.ts';
import type { BatchTable } from './batch-table.ts';
import { comparator, insertionOrder } from './insertion-order.ts';
import { pickRows, rowColumns, rowsWithIds } from './row-columns.ts';
import type { UsualBatch, UsualReader } from './usual-rows.ts';

/** A batch that turns out not to be one that can be sent while it is read. */
export class CannotStream extends Error {
  override readonly name = 'CannotStream';
}

/**
 * Records of the first slice, and of each other one. The first is read before the transaction begins, 0.2 ms: what is odd mostly
 * shows there.
 */
const FIRST_SLICE = 250;
const SLICE = 1000;

/** Rows from one row number to another, which is left out, and the order in which they go in. */
interface Slice {
  readonly from: number;
  readonly to: number;
  readonly order: Int32Array | undefined;
}

/**
 * A batch as slices that are read one after the other, when they are first needed. Each is sorted in itself, which is what the
 * indexes gain most by. Rows with a sequence must come in order over the whole batch: else two batches that share rows could wait
 * for each other.
 */
export class BatchSlices {
  readonly #reader: UsualReader;
  readonly #table: BatchTable;
  readonly #partitions: PartitionKeeper;
  readonly #size: number;
  readonly #slices: Slice[] = [];
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
   * Reads one slice more, if there is one.
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
