import { firstIdOf, type IngestQuery } from '../contract/batches.ts';
import {
  type ArrayParameter,
  array,
  type CallOptions,
  type Database,
  type Row,
  type Session,
  type Statement,
} from '../database/database.ts';
import { DatabaseError, REFUSED } from '../database/errors.ts';
import { toMultirange } from '../ledger/id-ranges.ts';
import {
  type BatchOf,
  findReceipt,
  insertBatch,
  type LedgerEntry,
  type StoredReceipt,
} from '../ledger/sql/batch-ledger.ts';
import { receiptText } from '../ledger/sql/receipt-text.ts';
import { MAX_INSERT_STATEMENTS, rowsPerStatement } from '../ledger/statement-limits.ts';
import type { BatchTable, RowColumns } from './batch-table.ts';
import type { PlannedReceipt } from './build-receipt.ts';
import { insertionOrder } from './insertion-order.ts';
import type { RecordColumns } from './record-columns.ts';
import type { Validated } from './validate-records.ts';

/**
 * Writes batches: by COPY where the backend has it, else by arrays.
 *
 * COPY takes two thirds of the time of arrays (docs/schema.md), but a sequence that is stored already ends it, and the batch
 * goes in again by arrays, which leave such rows out. So a feed that repeats itself, as the second of two redundant feeds
 * does, goes by arrays from its second batch on, until a batch repeats nothing.
 */
export class BatchWriter {
  readonly #database: Database;
  /** Whether the last batch with sequences had one that was stored already. */
  #repeats = false;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Stores a batch, or answers what is stored under its key.
   * @throws DatabaseError, with SQLSTATE TS001 for an atomic batch with a conflict
   */
  async write(
    table: BatchTable,
    entry: LedgerEntry,
    validated: Validated,
    planned: PlannedReceipt,
    query: IngestQuery,
    options: CallOptions,
  ): Promise<StoredReceipt> {
    const { columns } = validated;
    const sequenced = sequencedRows(table, columns);
    const hasSequences = sequenced.length > 0;
    const order = hasSequences ? insertionOrder(columns) : undefined;
    const size = rowsPerStatement(query.batchSize, columns.length, MAX_INSERT_STATEMENTS);
    // an atomic batch with rejections is only counted
    const mayCopy = !hasSequences || !(this.#repeats || (query.atomic && entry.rejected > 0));
    if (this.#database.session && this.#database.capabilities.copy && mayCopy) {
      try {
        return await this.#database.session(
          (session) => writeByCopy(session, table, entry, steps(columns, order, size)),
          options,
        );
      } catch (error) {
        if (!hasSequences || !isStoredAlready(error)) throw error;
      }
    }
    const stored = await this.#writeByArrays(
      (atomic) => arrayStatements(table, entry, validated, planned, atomic, sequenced, steps(columns, order, size)),
      query.atomic,
      options,
    );
    if (hasSequences) this.#repeats = stored.inserted < entry.accepted;
    return stored;
  }

  /**
   * The database refuses an atomic batch with the receipt as the error's detail. Where a backend does not bring that along,
   * the receipt is read before the transaction ends, and refused here.
   */
  async #writeByArrays(
    statementsOf: (atomic: boolean) => Statement[],
    atomic: boolean,
    options: CallOptions,
  ): Promise<StoredReceipt> {
    if (!atomic || this.#database.capabilities.errorDetail || !this.#database.session) {
      const results = await this.#database.transaction(statementsOf(atomic), options);
      return onlyRow(results.at(-1) as StoredReceipt[]);
    }
    return this.#database.session(async (session) => {
      let rows: Row[] = [];
      for (const statement of statementsOf(false)) rows = await session.run(statement);
      const stored = onlyRow(rows as StoredReceipt[]);
      if (stored.ours) refuseConflicts(stored);
      return stored;
    }, options);
  }
}

/** @throws DatabaseError as the database's refusal of a batch with conflicts or rejections */
function refuseConflicts({ receipt, conflicts, rejected }: StoredReceipt): void {
  if (conflicts + rejected === 0) return;
  throw new DatabaseError('constraint', 'atomic_rejected', {
    code: REFUSED,
    detail: receipt,
    statement: 'find-receipt',
    rolledBack: true,
  });
}

/** SQLSTATE unique_violation: of a sequence, for ids are new. */
const isStoredAlready = (error: unknown): boolean =>
  error instanceof DatabaseError && error.fields.code === '23505' && error.fields.statement === 'copy';

async function writeByCopy(
  session: Session,
  table: BatchTable,
  entry: LedgerEntry,
  rows: Iterable<RowColumns>,
): Promise<StoredReceipt> {
  const [batch] = await session.run<{ block: number }>(insertBatch(entry));
  if (batch === undefined) return onlyRow(await session.run<StoredReceipt>(findReceipt(entry, receiptBytes(entry, 0))));
  await session.copy(table.copy, withIds(rows, firstIdOf(batch.block)));
  return {
    block: batch.block,
    receipt: receiptText(batch.block, entry.receipt),
    received: entry.received,
    inserted: entry.accepted,
    duplicates: 0,
    conflicts: 0,
    tombstoned: 0,
    rejected: entry.rejected,
    same_payload: true,
    ours: true,
  };
}

/** The rows in the order they go in, `size` at a time. */
function* steps(columns: RecordColumns, order: Int32Array | undefined, size: number): Generator<RowColumns> {
  for (let from = 0; from < columns.length; from += size) {
    const to = Math.min(columns.length, from + size);
    yield order ? pickRows(columns, order.subarray(from, to)) : rowColumns(columns, from, to);
  }
}

function* withIds(steps: Iterable<RowColumns>, firstId: number): Generator<readonly ArrayParameter[]> {
  for (const { indexes, timestamps, instruments, fields } of steps) {
    const ids = Float64Array.from(indexes.values as ArrayLike<number>, (index) => firstId + index);
    yield [array('int8', ids), timestamps, instruments, ...fields];
  }
}

/** The most that a character takes as UTF-8, and a range of one row in the ledger's text. Bytes. */
const CHARACTER_BYTES = 3;
const RANGE_BYTES = 21;

/** How long the receipt can become: settling may give each sequenced row a range of its own. Bytes. */
const receiptBytes = ({ receipt }: LedgerEntry, sequencedRows: number): number =>
  receipt.length * CHARACTER_BYTES + sequencedRows * RANGE_BYTES;

function arrayStatements(
  table: BatchTable,
  entry: LedgerEntry,
  validated: Validated,
  planned: PlannedReceipt,
  atomic: boolean,
  sequenced: Int32Array,
  rows: Iterable<RowColumns>,
): Statement[] {
  const { columns } = validated;
  const dedupe = sequenced.length > 0 ? table.dedupe : undefined;
  const insert = dedupe?.insert ?? table.insert;
  const batch: BatchOf = entry;
  const statements = [insertBatch(entry)];
  for (const step of rows) statements.push(insert(batch, step));
  if (dedupe) {
    const settlement = {
      batch,
      accepted: entry.accepted,
      acceptedRanges: toMultirange(planned.accepted),
      rejectedRanges: JSON.stringify(planned.body.outcomes.rejected),
      rejections: JSON.stringify(validated.rejections),
      received: entry.received,
      rejected: entry.rejected,
      minTime: entry.minTime,
      maxTime: entry.maxTime,
      atomic,
    };
    const all = sequenced.length === columns.length;
    statements.push(
      dedupe.settle(settlement, all ? rowColumns(columns, 0, columns.length) : pickRows(columns, sequenced)),
    );
  }
  statements.push(findReceipt(entry, receiptBytes(entry, dedupe === undefined ? 0 : sequenced.length)));
  return statements;
}

/** Rows of the columns that have a sequence: only they can be stored already. */
export function sequencedRows(table: BatchTable, columns: RecordColumns): Int32Array {
  const sequence = table.dedupe ? columns.column('sequence') : undefined;
  if (sequence === undefined) return new Int32Array(0);
  const rows = new Int32Array(columns.length);
  let count = 0;
  for (let row = 0; row < columns.length; row++) if (!Number.isNaN(sequence.values[row] as number)) rows[count++] = row;
  return rows.subarray(0, count);
}

function rowColumns(columns: RecordColumns, from: number, to: number): RowColumns {
  const part = (values: Float64Array | (string | null)[]) =>
    values instanceof Float64Array ? values.subarray(from, to) : values.slice(from, to);
  return {
    indexes: array('int4', columns.indexes.subarray(from, to)),
    timestamps: array('timestamptz', columns.timestamps.subarray(from, to)),
    instruments: array('int4', columns.instruments.subarray(from, to)),
    fields: columns.columns.map(({ element, values }) => array(element, part(values))),
  };
}

function pickRows(columns: RecordColumns, rows: Int32Array): RowColumns {
  const pick = (values: ArrayLike<number>) => Float64Array.from(rows, (row) => values[row] as number);
  return {
    indexes: array('int4', pick(columns.indexes)),
    timestamps: array('timestamptz', pick(columns.timestamps)),
    instruments: array('int4', pick(columns.instruments)),
    fields: columns.columns.map(({ element, values }) =>
      array(
        element,
        values instanceof Float64Array ? pick(values) : Array.from(rows, (row) => values[row] as string | null),
      ),
    ),
  };
}

function onlyRow<T>(rows: readonly T[]): T {
  const [row] = rows;
  if (row === undefined) throw new Error('the ledger has no row under the key just written');
  return row;
}
