import { useState } from 'preact/hooks';
import { type Collection, readCollection } from '../../api/operations.ts';
import { query } from '../../api/request.ts';
import { Card } from '../../components/card.tsx';
import { Empty, ErrorNotice } from '../../components/notice.tsx';
import { usePages } from '../../components/use-list.ts';
import { hrefOf, setParams } from '../../state/place.ts';
import { ChangeDialog, type PlannedChange } from '../changes/change-dialog.tsx';
import { CollectionHead } from '../changes/collection-head.tsx';
import { type BatchItem, BatchTable } from './batch-table.tsx';
import { ReceiptCard } from './receipt-card.tsx';

/** What was sent, by whom, and the outcome of every row. */
export function Batches({ params }: { readonly params: URLSearchParams }) {
  const collection = readCollection(params);
  const id = Number(params.get('id') ?? '');
  const [planned, setPlanned] = useState<PlannedChange>();
  const remove = (batchId: number) =>
    setPlanned({ title: `Delete the rows of batch ${batchId}`, collection, kind: 'deletion', selector: { batchId } });
  return (
    <>
      <CollectionHead title="Batches" collection={collection} />
      <FindBatch />
      {id > 0 && <ReceiptCard collection={collection} id={id} onDelete={remove} />}
      <BatchList collection={collection} />
      {planned && <ChangeDialog change={planned} onClose={() => setPlanned(undefined)} />}
    </>
  );
}

function FindBatch() {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    setParams({ id: String(form.get('id')) });
  };
  return (
    <form class="row" onSubmit={submit}>
      <label class="row">
        Batch id <input name="id" data-search inputMode="numeric" pattern="[0-9]+" required />
      </label>
      <button type="submit">Show its receipt</button>
    </form>
  );
}

function BatchList({ collection }: { readonly collection: Collection }) {
  const list = usePages<BatchItem>(
    collection,
    (cursor) => `/v1/${collection}/batches${query({ limit: 50, cursor })}`,
    ({ batchId }) => batchId,
  );
  return (
    <>
      {list.error && <ErrorNotice error={list.error} doing="Reading batches" />}
      <Card title="All batches" flush>
        {list.items.length === 0 && !list.isLoading && !list.error ? (
          <Empty>
            Nothing has been sent yet. <a href={hrefOf('import')}>Drop a file</a>
          </Empty>
        ) : (
          <BatchTable batches={list.items} collection={collection} />
        )}
      </Card>
      {list.hasMore && (
        <button type="button" onClick={list.loadMore}>
          Older batches
        </button>
      )}
    </>
  );
}
