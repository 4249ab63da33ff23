import type { Range } from '../../../../../functions/contract/batches.ts';
import type { Collection, ListedChange } from '../../api/operations.ts';
import { Card } from '../../components/card.tsx';
import { ErrorNotice, Notice } from '../../components/notice.tsx';
import { clock, count } from '../../state/format.ts';
import { useLive } from '../../state/live.ts';
import { setParams } from '../../state/place.ts';
import { failureOf, OperationProgress } from '../changes/operation-progress.tsx';

interface OperationDetailProps {
  readonly collection: Collection;
  readonly id: number;
  readonly onUndo: (operation: ListedChange) => void;
}

/** One operation with everything that it recorded. */
export function OperationDetail({ collection, id, onUndo }: OperationDetailProps) {
  const { value, error } = useLive<ListedChange>(`/v1/${collection}/operations/${id}`, 2_000);
  if (error && !value) return <ErrorNotice error={error} doing={`Reading operation ${id}`} />;
  if (value === undefined) return null;
  const facts: readonly (readonly [string, string])[] = [
    ['When', `${clock(value.at)} UTC`],
    ['Who', value.actor],
    ['Changed', count(value.affected)],
    ['Unchanged', count(value.unchanged)],
    ['Not found', count(value.notFound)],
  ];
  return (
    <Card
      title={`Operation ${id}: ${value.kind}`}
      aside={
        <button type="button" class="quiet" onClick={() => setParams({ id: undefined })}>
          Close
        </button>
      }
    >
      <div class="stack">
        <p>{value.reason}</p>
        {value.status === 'running' && <OperationProgress operation={value} />}
        {value.status === 'failed' && <Notice tone="critical">{failureOf(value)}</Notice>}
        <dl class="facts">
          {facts.map(([term, text]) => (
            <div key={term}>
              <dt>{term}</dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
        {value.ids && (
          <details>
            <summary>Ids that changed</summary>
            <code>{rangesText(value.ids.affected)}</code>
          </details>
        )}
        {value.stored && (
          <details>
            <summary>Ids that took their place</summary>
            <code>{rangesText(value.stored)}</code>
          </details>
        )}
        {value.alsoDeletedBy !== undefined && value.alsoDeletedBy.length > 0 && (
          <p class="small muted">
            Some rows had also been deleted by later operations, and were restored, too:{' '}
            {value.alsoDeletedBy.join(', ')}.
          </p>
        )}
        <div class="row">
          {(value.affected > 0 || value.kind === 'correction') && value.status !== 'running' && (
            <button type="button" onClick={() => onUndo(value)}>
              {value.kind === 'restoration' ? 'Redo' : 'Undo'}
            </button>
          )}
        </div>
      </div>
    </Card>
  );
}

/** `5–9, 12`; the first hundred ranges. */
export function rangesText(ranges: readonly Range[]): string {
  const shown = ranges.slice(0, 100).map(([from, to]) => (from === to ? String(from) : `${from}–${to}`));
  const more = ranges.length - shown.length;
  return `${shown.join(', ') || 'none'}${more > 0 ? ` and ${count(more)} more ranges` : ''}`;
}
