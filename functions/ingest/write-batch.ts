import { firstIdOf, type Range } from '../contract/batches.ts';
import { type ArrayParameter, array, type CallOptions, type Database, type Session } from '../database/database.ts';
import { DatabaseError, isRefused, isRefusedByPooler } from '../database/errors.ts';
import { toMultirange } from '../ledger/id-ranges.ts';
import { retryOvertaken } from '../ledger/retry-overtaken.ts';
import { findReceipt, insertBatch, type StoredReceipt } from '../ledger/sql/batch-ledger.ts';
import type { RowOutcomes } from '../ledger/sql/settle-receipt.ts';
import type { StoredBlock } from '../ledger/sql/store-batch.ts';
import { takeTurnOfInstruments } from '../ledger/sql/take-turn.ts';
import { MAX_INSERT_STATEMENTS, rowsPerStatement } from '../ledger/statement-limits.ts';
import type { BatchSettlement, RowColumns } from './batch-table.ts';
import type { StoredOutcomes } from './build-receipt.ts';
import { type PlannedBatch, receiptBytes, wholeReceipt } from './planned-batch.ts';
import { pickRows, rowColumns, rowsInSteps, rowsWithIds } from './row-columns.ts';
import { assertBatchTaken, BATCH_NOT_TAKEN, createInstruments } from './sql/create-instruments.ts';
import { findStored, isSmall, storeAtOnce } from './store-at-once.ts';
import type { Validated } from './validate-records.ts';

/** An atomic batch that the database refused, with the outcome that each of its rows would have had. */
export class AtomicRefusal extends Error {
  override readonly name = 'AtomicRefusal';
  readonly outcomes: StoredOutcomes;

  constructor({ duplicates, conflicts, tombstoned, replaced }: RowOutcomes, cause: unknown) {
    super('the atomic batch has a conflict or a rejection', { cause });
    const ranges = (json: string) => JSON.parse(json) as Range[];
    this.outcomes = {
      ...{ duplicates: ranges(duplicates), conflicts: ranges(conflicts), tombstoned: ranges(tombstoned) },
      ...(replaced === undefined ? {} : { replaced: ranges(replaced) }),
    };
  }
}

/**
 * Writes batches: small ones by one statement, others by COPY if the backend has it, else by arrays.
 *
 * COPY takes two thirds of the time of arrays (docs/schema.md), but it fails at a sequence that is already stored. The
 * batch is then inserted again by arrays, which leave such rows out. So a feed that repeats rows, such as the second of
 * two redundant feeds, uses arrays from its second batch on, until a batch repeats nothing.
 */
export class BatchWriter {
  readonly #database: Database;
  /** Whether the last batch with sequences contained one that was already stored. */
  #repeats = false;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Stores a batch, or returns what is stored under its key. Returns undefined if an instrument of the batch no longer
   * exists or is no longer active; nothing was written then, and no key taken.
   * @throws AtomicRefusal, DatabaseError
   */
  async write(batch: PlannedBatch, options: CallOptions): Promise<StoredReceipt | undefined> {
    const { keyed, entry, atomic, correction } = batch;
    // an atomic batch with rejections is only counted
    const mayBeNew =
      keyed === undefined ||
      (keyed.sql.mayBeNew && correction === undefined && !(this.#repeats || (atomic && entry.rejected > 0)));
    try {
      if (mayBeNew && isSmall(batch)) return await storeAtOnce(this.#database, batch, options);
      if (mayBeNew && this.#database.session && this.#database.capabilities.copy)
        return await this.#database.session((session) => writeByCopy(session, batch), options);
    } catch (error) {
      if (isNotTaken(error)) return findStored(this.#database, batch, options);
      if (!isStoredAlready(error) && !isUndecided(error, this.#database) && !isCopyRefused(error)) throw error;
    }
    const stored = await this.#writeByArrays(batch, options);
    if (keyed?.sql.mayBeNew && correction === undefined && stored) this.#repeats = stored.inserted < entry.accepted;
    return stored;
  }

  async #writeByArrays(batch: PlannedBatch, options: CallOptions): Promise<StoredReceipt | undefined> {
    try {
      const write = () => this.#database.transaction(arrayStatements(batch), options);
      const results = await (batch.correction ? retryOvertaken(write) : write());
      return (results.at(-1) as StoredReceipt[])[0];
    } catch (error) {
      if (isNotTaken(error)) return findStored(this.#database, batch, options);
      if (!isRefused(error) || !batch.keyed) throw error;
      const { classify } = (batch.correction && batch.keyed.sql.replacing) ?? batch.keyed.sql;
      const [outcomes] = await this.#database.run<RowOutcomes>(
        classify(settlementOf(batch), keyedRows(batch)),
        options,
      );
      throw new AtomicRefusal(outcomes as RowOutcomes, error);
    }
  }
}

const isNotTaken = (error: unknown): boolean => isRefused(error, BATCH_NOT_TAKEN);

/** The driver remembers it from now on. */
const isCopyRefused = (error: unknown): boolean =>
  error instanceof DatabaseError && error.fields.statement === 'copy' && isRefusedByPooler(error);

/**
 * A row that is already stored aborted the transaction (SQLSTATE unique_violation). It has a sequence, because ids are
 * new.
 */
const isStoredAlready = (error: unknown): boolean => error instanceof DatabaseError && error.fields.code === '23505';

/**
 * A lock timeout on the key or on a row. A backend without error details cannot say which; inserting by arrays finds
 * out.
 */
const isUndecided = (error: unknown, database: Database): boolean =>
  error instanceof DatabaseError &&
  error.fields.code === '55P03' &&
  error.fields.statement !== 'copy' &&
  !database.capabilities.errorDetail;

async function writeByCopy(
  session: Session,
  { table, entry, validated, order, batchSize, created }: PlannedBatch,
): Promise<StoredReceipt | undefined> {
  if (created.length > 0) await session.run(createInstruments(entry, created));
  const [stored] = await session.run<StoredBlock>(insertBatch(entry));
  if (stored === undefined && created.length > 0) await session.run(assertBatchTaken(entry));
  if (stored === undefined) return (await session.run<StoredReceipt>(findReceipt(entry, receiptBytes(entry, 0))))[0];
  const { columns } = validated;
  const size = rowsPerStatement(batchSize, columns.length, MAX_INSERT_STATEMENTS);
  await session.copy(table.copy, withIds(rowsInSteps(columns, order, size), firstIdOf(stored.block)));
  return wholeReceipt(stored, entry);
}

function* withIds(steps: Iterable<RowColumns>, firstId: number): Generator<readonly ArrayParameter[]> {
  for (const rows of steps) yield rowsWithIds(rows, firstId);
}

function arrayStatements(batch: PlannedBatch) {
  const { table, entry, validated, order, keyed, batchSize, created, correction } = batch;
  const { columns } = validated;
  const size = rowsPerStatement(batchSize, columns.length, MAX_INSERT_STATEMENTS);
  const steps = rowsInSteps(columns, order, size);
  const statements = [insertBatch(entry)];
  if (created.length > 0) {
    statements.unshift(createInstruments(entry, created));
    statements.push(assertBatchTaken(entry));
  }
  const replacing = correction && keyed?.sql.replacing;
  if (replacing) statements.unshift(takeTurnOfInstruments(entry.target, array('int4', entry.touched.instruments)));
  if (keyed) {
    statements.push(...keyed.sql.insert(entry, steps, () => rowColumns(columns, 0, columns.length)));
    statements.push(
      replacing
        ? replacing.replace(settlementOf(batch), keyedRows(batch), correction)
        : keyed.sql.settle(settlementOf(batch), keyedRows(batch)),
    );
  } else {
    for (const step of steps) statements.push(table.insert(entry, step));
  }
  if (replacing) statements.push(replacing.check(entry));
  statements.push(findReceipt(entry, receiptBytes(entry, keyed?.rows.length ?? 0)));
  return statements;
}

function settlementOf({ entry, planned, validated, atomic }: PlannedBatch): BatchSettlement {
  return {
    batch: entry,
    accepted: entry.accepted,
    acceptedRanges: toMultirange(planned.accepted),
    rejectedRanges: JSON.stringify(planned.body.outcomes.rejected),
    rejections: restOf(validated),
    received: entry.received,
    rejected: entry.rejected,
    minTime: entry.minTime,
    maxTime: entry.maxTime,
    atomic,
  };
}

/** The last members of a receipt's text, from the value of `rejections` on. */
const restOf = ({ rejections, truncated }: Validated): string =>
  `${JSON.stringify(rejections)}${truncated === 0 ? '' : `,"truncated":${truncated}`}`;

function keyedRows({ keyed, validated: { columns } }: PlannedBatch): RowColumns {
  const rows = keyed?.rows ?? new Int32Array(0);
  return rows.length === columns.length ? rowColumns(columns, 0, columns.length) : pickRows(columns, rows);
}
