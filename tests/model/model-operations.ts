import { type ModelRow, type StoreModel, toRanges } from './store-model.ts';

/** The rows that an operation is asked for. */
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
  readonly affected: readonly ModelRow[];
  /** Members of the response. */
  readonly effect: object;
}

/** The rows that an operation would change, and what it says of the others. */
export function predictOperation(model: StoreModel, { operation, selector }: OperationModel): OperationPrediction {
  const { requested, found } = select(model, selector);
  const isDeleted = (row: ModelRow) =>
    'operationId' in selector ? row.deletedBy === selector.operationId : row.deletedBy !== null;
  const affected = found.filter((row) => isDeleted(row) === (operation === 'restoration'));
  const changed = new Set(affected.map(({ id }) => id));
  const unchanged = found.filter(({ id }) => !changed.has(id)).map(({ id }) => id);
  const ids = new Set(found.map(({ id }) => id));
  const notFound = requested.filter((id) => !ids.has(id));
  return {
    affected,
    effect: {
      requested: requested.length,
      affected: affected.length,
      unchanged: unchanged.length,
      notFound: notFound.length,
      ids: { affected: toRanges([...changed]), unchanged: toRanges(unchanged), notFound: toRanges(notFound) },
    },
  };
}

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
    const affected = new Set(model.operations.find(({ id }) => id === selector.operationId)?.affected);
    return foundBy((row) => affected.has(row.id));
  }
  const requested = new Set(
    selector.ids.flatMap((item) =>
      typeof item === 'number' ? [item] : Array.from({ length: item[1] - item[0] + 1 }, (_, nth) => item[0] + nth),
    ),
  );
  return { requested: [...requested], found: model.rows.filter((row) => requested.has(row.id)) };
}

/** Carries an operation out under the number that its response gives. */
export function applyOperation(
  model: StoreModel,
  operation: OperationModel['operation'],
  affected: readonly ModelRow[],
  { operationId, text }: { readonly operationId: number; readonly text: string },
): void {
  for (const row of affected) {
    row.deletedBy = operation === 'deletion' ? operationId : null;
    row.changes.push({ operationId, deletedBy: row.deletedBy });
  }
  const ids = affected.map(({ id }) => id).sort((a, b) => a - b);
  model.operations.push({ id: operationId, kind: operation, affected: ids, text });
}
