/**
 * What corrections, deletions, restorations, undo and redo do to the rows of a few keys, in memory: the rules of the
 * contract in the plainest form, for a property test to compare the service with.
 */

export interface ModelRow {
  readonly id: number;
  readonly sequence: number;
  readonly price: number;
  deletedBy: number | null;
}

export interface ModelRecord {
  readonly sequence: number;
  readonly price: number;
}

/** An operation: what it made live and what it deleted, and what its deletion had found. */
interface ModelOperation {
  readonly id: number;
  readonly kind: 'deletion' | 'restoration' | 'correction';
  readonly madeLive: readonly number[];
  readonly deleted: readonly number[];
  readonly foundDeleted: readonly number[];
}

export type ModelOutcome = 'inserted' | 'replaced' | 'duplicates' | 'conflicts' | 'tombstoned';

/** What an operation must respond, ids ascending. */
export interface ModelEffect {
  readonly affected: number[];
  readonly unchanged: number[];
  readonly alsoDeletedBy?: number[];
}

const ascending = (ids: Iterable<number>) => [...new Set(ids)].sort((a, b) => a - b);

/** The rows of one instrument at one time, by their sequences. */
export class RevisionModel {
  readonly rows: ModelRow[] = [];
  readonly operations: ModelOperation[] = [];

  live(): ModelRow[] {
    return this.rows.filter(({ deletedBy }) => deletedBy === null);
  }

  /** The outcome of each record of a batch, whose number is also that of its correction. */
  send(batchId: number, records: readonly ModelRecord[], replacing: boolean): ModelOutcome[] {
    const deleted: number[] = [];
    const madeLive: number[] = [];
    const outcomes = records.map(({ sequence, price }, index): ModelOutcome => {
      const revisions = this.rows.filter((row) => row.sequence === sequence);
      const live = revisions.find(({ deletedBy }) => deletedBy === null);
      if (live?.price === price) return 'duplicates';
      if (revisions.length > 0 && !replacing) return live ? 'conflicts' : 'tombstoned';
      const id = batchId * 65_536 + index;
      this.rows.push({ id, sequence, price, deletedBy: null });
      if (revisions.length === 0) return 'inserted';
      madeLive.push(id);
      if (live) {
        live.deletedBy = batchId;
        deleted.push(live.id);
      }
      return 'replaced';
    });
    if (madeLive.length > 0)
      this.operations.push({ id: batchId, kind: 'correction', madeLive, deleted, foundDeleted: [] });
    return outcomes;
  }

  delete(id: number, selected: readonly number[]): ModelEffect {
    const deleted = this.#delete(id, selected);
    const foundDeleted = ascending(selected).filter((one) => !deleted.includes(one));
    this.operations.push({ id, kind: 'deletion', madeLive: [], deleted, foundDeleted });
    return { affected: deleted, unchanged: foundDeleted };
  }

  restore(id: number, selected: readonly number[]): ModelEffect {
    const madeLive = this.#restore(selected);
    this.operations.push({ id, kind: 'restoration', madeLive, deleted: [], foundDeleted: [] });
    return { affected: madeLive, unchanged: ascending(selected).filter((one) => !madeLive.includes(one)) };
  }

  /** An undo or a redo: deletes what an operation made live, then restores what it deleted. */
  takeBack(id: number, kind: 'deletion' | 'restoration', taken: ModelOperation): ModelEffect {
    const deleted = this.#delete(id, taken.madeLive);
    const foundDeleted = taken.madeLive.filter((one) => !deleted.includes(one));
    const stillDeleted = this.rows.filter(({ deletedBy }) => deletedBy === taken.id).map((row) => row.id);
    const madeLive = this.#restore(stillDeleted);
    const affected = ascending([...deleted, ...madeLive]);
    const unchanged = ascending([...taken.madeLive, ...taken.deleted]).filter((one) => !affected.includes(one));
    const also = this.operations.filter(
      (later) =>
        later.id > taken.id &&
        later.kind === 'deletion' &&
        madeLive.length > 0 &&
        (later.foundDeleted.some((one) => madeLive.includes(one)) ||
          later.deleted.some((one) => foundDeleted.includes(one))),
    );
    this.operations.push({ id, kind, madeLive, deleted, foundDeleted });
    return { affected, unchanged, ...(kind === 'restoration' ? { alsoDeletedBy: also.map((one) => one.id) } : {}) };
  }

  #delete(operation: number, selected: readonly number[]): number[] {
    const found = this.rows.filter((row) => selected.includes(row.id) && row.deletedBy === null);
    for (const row of found) row.deletedBy = operation;
    return ascending(found.map(({ id }) => id));
  }

  /** Of each key without a live revision, the selected one that was deleted last. */
  #restore(selected: readonly number[]): number[] {
    const restored = ascending(this.rows.map(({ sequence }) => sequence)).flatMap((sequence) => {
      const revisions = this.rows.filter((row) => row.sequence === sequence);
      if (revisions.some(({ deletedBy }) => deletedBy === null)) return [];
      const [last] = revisions
        .filter(({ id }) => selected.includes(id))
        .sort((a, b) => Number(b.deletedBy) - Number(a.deletedBy));
      return last === undefined ? [] : [last];
    });
    for (const row of restored) row.deletedBy = null;
    return ascending(restored.map(({ id }) => id));
  }
}
