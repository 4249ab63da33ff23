import { checkKey, checkOperation } from './check-replies.ts';
import { type ChangeStep, type Selection, TIMES } from './commands.ts';
import { type ModelSelector, type OperationModel, predictOperation } from './model-operations.ts';
import { at, type HistoryNames, keyHeader, type ModelRequest, PATHS } from './model-request.ts';
import type { HistoryModel, StoreModel } from './store-model.ts';

/** The request of a deletion or a restoration; undefined if there is nothing to pick from. */
export function operationRequest(step: ChangeStep, model: HistoryModel, names: HistoryNames): ModelRequest | undefined {
  const store = model[step.of];
  const selector = selectorOf(step, store, names);
  if (selector === undefined) return undefined;
  const wanted = { operation: step.do, selector, dryRun: step.dryRun, expectedCount: undefined };
  const { deleted, restored } = predictOperation(store, wanted);
  const right = deleted.length + restored.length;
  const operation: OperationModel = {
    ...wanted,
    expectedCount: step.countOff === null || step.dryRun ? undefined : right + step.countOff,
  };
  const { expectedCount, dryRun } = operation;
  const body = {
    ...{ ...selector, reason: 'a step of a history' },
    ...(expectedCount === undefined ? {} : { expectedCount }),
    ...(dryRun ? { dryRun } : {}),
    ...(step.batchSize === null ? {} : { batchSize: step.batchSize }),
  };
  const path = `${PATHS[step.of]}/${step.do}s`;
  const headers = keyHeader(step.key, names);
  return {
    ...{ method: 'POST', path, query: {}, headers, body },
    // a dry run changes no row, so it neither takes its key nor looks at it
    verify: checkKey(dryRun ? {} : headers, JSON.stringify([path, body]), (state, reply) =>
      checkOperation(state[step.of], operation, reply),
    ),
  };
}

function selectorOf(step: ChangeStep, store: StoreModel, names: HistoryNames): ModelSelector | undefined {
  const { selection } = step;
  if (selection.by === 'filter') {
    const { symbol, first, last, bars } = selection;
    const filter = {
      symbol: names.symbols[symbol] as string,
      start: TIMES[first] as string,
      end: TIMES[last] as string,
    };
    return { filter: bars === null || step.of === 'alerts' ? filter : { ...filter, bars } };
  }
  if (selection.by === 'ids') return { ids: idsOf(selection, store) };
  if (selection.by === 'batch') {
    const batch = at(store.batches, selection.pick);
    return batch === undefined ? undefined : { batchId: batch.id };
  }
  // a restoration undoes deletions and corrections; a deletion takes back restorations
  const reversible = store.operations.filter(({ kind }) => (kind === 'restoration') === (step.do === 'deletion'));
  const operation = at(reversible, selection.pick);
  return operation === undefined ? undefined : { operationId: operation.id };
}

function idsOf({ picks, unknown, asRanges }: Selection & { by: 'ids' }, store: StoreModel) {
  const ids = picks.flatMap((pick) => at(store.rows, pick)?.id ?? []);
  const last = store.batches.at(-1);
  // an index beyond the records of the batch
  if (unknown && last !== undefined) ids.push(last.id * 65_536 + 60_000);
  return asRanges ? ids.map((id): [number, number] => [id, id + 1]) : ids;
}
