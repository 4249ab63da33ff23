import { isSameKey, type ModelRow, type StoreModel, toRanges } from './store-model.ts';

/** The rows that an operation selects. */
export type ModelSelector =
  | { readonly ids: readonly (number | readonly [number, number])[] }
  | { readonly batchId: number }
  | { readonly operationId: number }
  | {
      readonly filter: {
        readonly symbol: string;
        readonly start: string;
        readonly end: string;
        readonly bars?: string;
      };
    };

/** A deletion or restoration as the model sees it. */
export interface OperationModel {
  readonly operation: 'deletion' | 'restoration';
  readonly selector: ModelSelector;
  readonly dryRun: boolean;
  readonly expectedCount: number | undefined;
}

export interface OperationPrediction {
  readonly deleted: readonly number[];
  readonly restored: readonly number[];
  readonly unchanged: readonly number[];
  readonly foundDeleted: readonly number[];
  /** Members of the response. */
  readonly effect: object;
}

/** Predicts the rows that an operation would change, and how it reports the others. */
export function predictOperation(model: StoreModel, operation: OperationModel): OperationPrediction {
  const { requested, found } = select(model, operation.selector);
  const { deleted, restored, foundDeleted } = changesOf(model, operation, found);
  const changed = new Set([...deleted, ...restored]);
  const unchanged = found.filter(({ id }) => !changed.has(id)).map(({ id }) => id);
  const ids = new Set(found.map(({ id }) => id));
  const notFound = requested.filter((id) => !ids.has(id));
  return {
    ...{ deleted, restored, unchanged, foundDeleted },
    effect: {
      requested: requested.length,
      affected: changed.size,
      unchanged: unchanged.length,
      notFound: notFound.length,
      ids: { affected: toRanges([...changed]), unchanged: toRanges(unchanged), notFound: toRanges(notFound) },
      ...alsoDeletedBy(model, operation, restored, foundDeleted),
    },
  };
}

function changesOf(model: StoreModel, { operation, selector }: OperationModel, found: readonly ModelRow[]) {
  if ('operationId' in selector) return reverse(model, selector.operationId, found);
  const idsOf = (rows: readonly ModelRow[]) => rows.map(({ id }) => id);
  if (operation === 'deletion') {
    const foundDeleted = idsOf(found.filter((row) => !isLive(row)));
    return { deleted: idsOf(found.filter(isLive)), restored: [], foundDeleted };
  }
  return { deleted: [], restored: idsOf(returning(model, found, [])), foundDeleted: [] };
}

/**
 * Takes an operation back: rows that it made live are deleted, and rows that it deleted and nobody has changed since
 * are live again.
 */
function reverse(model: StoreModel, operationId: number, found: readonly ModelRow[]) {
  const reversed = model.operations.find(({ id }) => id === operationId);
  const madeLive = found.filter(({ id }) => reversed?.restored.includes(id));
  const deleted = madeLive.filter(isLive).map(({ id }) => id);
  const foundDeleted = madeLive.filter((row) => !isLive(row)).map(({ id }) => id);
  const candidates = found.filter((row) => row.deletedBy === operationId);
  return { deleted, restored: returning(model, candidates, deleted).map(({ id }) => id), foundDeleted };
}

/**
 * For an undo: later deletions that found rows already deleted which it restores, or that deleted rows which it would
 * delete.
 */
function alsoDeletedBy(
  model: StoreModel,
  { operation, selector }: OperationModel,
  restored: readonly number[],
  foundDeleted: readonly number[],
): object {
  if (operation === 'deletion' || !('operationId' in selector)) return {};
  const later = model.operations.filter(
    (one) =>
      one.kind === 'deletion' &&
      one.id > selector.operationId &&
      (one.foundDeleted.some((id) => restored.includes(id)) || one.deleted.some((id) => foundDeleted.includes(id))),
  );
  return { alsoDeletedBy: restored.length === 0 ? [] : later.map(({ id }) => id).sort((a, b) => a - b) };
}

const isLive = (row: ModelRow) => row.deletedBy === null;

/**
 * The deleted rows that become live. A row whose key has a live revision does not, unless that revision is deleted at
 * the same time. Of several revisions, the one that was deleted last does.
 */
function returning(model: StoreModel, rows: readonly ModelRow[], aside: readonly number[]): ModelRow[] {
  const deleted = rows.filter((row) => !isLive(row));
  const deletedAt = (row: ModelRow) => row.changes.at(-1)?.operationId ?? 0;
  return deleted.filter(
    (row) =>
      !model.rows.some((other) => isLive(other) && isOtherRevision(row, other) && !aside.includes(other.id)) &&
      !deleted.some((other) => isOtherRevision(row, other) && deletedAt(other) > deletedAt(row)),
  );
}

/** Rows of a packet share a key but are not revisions of each other. */
const isOtherRevision = (row: ModelRow, other: ModelRow) =>
  row.id !== other.id && row.isPacket === false && isSameKey(row, other);

function select(model: StoreModel, selector: ModelSelector): { requested: number[]; found: ModelRow[] } {
  const foundBy = (wanted: (row: ModelRow) => boolean) => {
    const found = model.rows.filter(wanted);
    return { requested: found.map(({ id }) => id), found };
  };
  if ('batchId' in selector) return foundBy((row) => row.batchId === selector.batchId);
  if ('filter' in selector) {
    const { symbol, start, end, bars = null } = selector.filter;
    return foundBy(
      (row) => row.symbol === symbol && row.bars === bars && row.timestamp >= start && row.timestamp <= end,
    );
  }
  if ('operationId' in selector) {
    const reversed = model.operations.find(({ id }) => id === selector.operationId);
    const ids = new Set([...(reversed?.deleted ?? []), ...(reversed?.restored ?? [])]);
    return foundBy((row) => ids.has(row.id));
  }
  const requested = new Set(
    selector.ids.flatMap((item) =>
      typeof item === 'number' ? [item] : Array.from({ length: item[1] - item[0] + 1 }, (_, nth) => item[0] + nth),
    ),
  );
  return { requested: [...requested], found: model.rows.filter((row) => requested.has(row.id)) };
}
