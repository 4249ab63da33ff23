import { useState } from 'preact/hooks';
import { type ListedChange, operationsUrl, readCollection } from '../../api/operations.ts';
import { Card } from '../../components/card.tsx';
import { Empty, ErrorNotice } from '../../components/notice.tsx';
import { usePages } from '../../components/use-list.ts';
import { ChangeDialog, type PlannedChange } from '../changes/change-dialog.tsx';
import { CollectionHead } from '../changes/collection-head.tsx';
import { DeleteForm } from './delete-form.tsx';
import { OperationDetail } from './operation-detail.tsx';
import { OperationTable } from './operation-table.tsx';

/** All changes: who, when, why, how many rows. From here a change can be undone or a new one made. */
export function Operations({ params }: { readonly params: URLSearchParams }) {
  const collection = readCollection(params);
  const id = Number(params.get('id') ?? '');
  const [planned, setPlanned] = useState<PlannedChange>();
  const list = usePages<ListedChange>(
    collection,
    (cursor) => operationsUrl(collection, cursor),
    ({ operationId }) => operationId ?? 0,
  );
  const undo = ({ operationId, kind }: ListedChange) => {
    if (operationId === null) return;
    const isUndo = kind !== 'restoration';
    setPlanned({
      title: `${isUndo ? 'Undo' : 'Redo'} operation ${operationId}`,
      collection,
      kind: isUndo ? 'restoration' : 'deletion',
      selector: { operationId },
      isOfCorrection: kind === 'correction',
    });
  };
  return (
    <>
      <CollectionHead title="Operations" collection={collection} />
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
