import { useState } from 'preact/hooks';
import { type Change, COLLECTIONS, operationsUrl, readCollection } from '../../api/operations.ts';
import { Card } from '../../components/card.tsx';
import { Empty, ErrorNotice } from '../../components/notice.tsx';
import { Segmented } from '../../components/segmented.tsx';
import { usePages } from '../../components/use-pages.ts';
import { setParams } from '../../state/place.ts';
import { ChangeDialog, type PlannedChange } from '../changes/change-dialog.tsx';
import { DeleteForm } from './delete-form.tsx';
import { OperationDetail } from './operation-detail.tsx';
import { OperationTable } from './operation-table.tsx';

/** Every change ever made: who, when, why, how many rows. From here one can undo one, or make another. */
export function Operations({ params }: { readonly params: URLSearchParams }) {
  const collection = readCollection(params);
  const id = Number(params.get('id') ?? '');
  const [planned, setPlanned] = useState<PlannedChange>();
  const list = usePages<Change>(
    collection,
    (cursor) => operationsUrl(collection, cursor),
    ({ operationId }) => operationId ?? 0,
  );
  const undo = ({ operationId, kind }: Change) => {
    if (operationId === null) return;
    const isDeletion = kind === 'deletion';
    setPlanned({
      title: `${isDeletion ? 'Undo' : 'Redo'} operation ${operationId}`,
      collection,
      kind: isDeletion ? 'restoration' : 'deletion',
      selector: { operationId },
    });
  };
  return (
    <>
      <div class="page-head">
        <h1>Operations</h1>
        <Segmented
          label="Of"
          options={COLLECTIONS}
          value={collection}
          onPick={(of) => setParams({ of, id: undefined })}
        />
      </div>
      {id > 0 && <OperationDetail collection={collection} id={id} onUndo={undo} />}
      <DeleteForm onPlan={(change) => setPlanned({ ...change, collection })} />
      {list.error && <ErrorNotice error={list.error} doing="Reading operations" />}
      <Card title="History" flush>
        {list.items.length === 0 && !list.isLoading && !list.error ? (
          <Empty>Nothing has been deleted, restored or corrected yet.</Empty>
        ) : (
          <OperationTable operations={list.items} collection={collection} onUndo={undo} />
        )}
      </Card>
      {list.hasMore && (
        <button type="button" onClick={list.loadMore}>
          Older operations
        </button>
      )}
      {planned && <ChangeDialog change={planned} onClose={() => setPlanned(undefined)} />}
    </>
  );
}
