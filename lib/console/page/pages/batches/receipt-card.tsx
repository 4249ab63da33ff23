import type { Receipt } from '../../../../../functions/contract/batches.ts';
import type { Collection } from '../../api/operations.ts';
import { Card } from '../../components/card.tsx';
import { ErrorNotice } from '../../components/notice.tsx';
import { ReceiptCounts, RejectionTable } from '../../components/receipt.tsx';
import { useLive } from '../../state/live.ts';
import { setParams } from '../../state/place.ts';
import { rangesText } from '../operations/operation-detail.tsx';

interface ReceiptCardProps {
  readonly collection: Collection;
  readonly id: number;
  readonly onDelete: (batchId: number) => void;
}

/** A batch's receipt: an outcome for every row that was sent. */
export function ReceiptCard({ collection, id, onDelete }: ReceiptCardProps) {
  const { value, error } = useLive<Receipt>(`/v1/${collection}/batches/${id}`, 60_000);
  if (error && !value) return <ErrorNotice error={error} doing={`Reading the receipt of batch ${id}`} />;
  if (value === undefined) return null;
  return (
    <Card
      title={`Batch ${id}`}
      aside={
        <button type="button" class="quiet" onClick={() => setParams({ id: undefined })}>
          Close
        </button>
      }
    >
      <div class="stack">
        <ReceiptCounts receipt={value} />
        <details>
          <summary>Which input rows</summary>
          <dl class="stack">
            {Object.entries(value.outcomes)
              .flatMap(([outcome, ranges = []]) => (ranges.length > 0 ? [[outcome, ranges] as const] : []))
              .map(([outcome, ranges]) => (
                <div key={outcome}>
                  <dt class="small muted">{outcome}, by index from 0</dt>
                  <dd>
                    <code>{rangesText(ranges)}</code>
                  </dd>
                </div>
              ))}
          </dl>
        </details>
        {value.rejections.length > 0 && <RejectionTable rejections={value.rejections} total={value.rejected} />}
        <div class="row">
          {value.inserted > 0 && (
            <button type="button" onClick={() => onDelete(id)}>
              Delete the rows of this batch
            </button>
          )}
        </div>
      </div>
    </Card>
  );
}
