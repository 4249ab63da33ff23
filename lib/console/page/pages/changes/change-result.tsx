import type { Collection, ListedChange } from '../../api/operations.ts';
import { Notice } from '../../components/notice.tsx';
import { counted } from '../../state/format.ts';
import { useLive } from '../../state/live.ts';
import { hrefOf } from '../../state/place.ts';
import { failureOf, OperationProgress } from './operation-progress.tsx';

interface ChangeResultProps {
  readonly result: ListedChange;
  readonly collection: Collection;
  readonly onUndo: (operationId: number) => void;
  /** The effect on the rows, if the kind of operation does not say it. */
  readonly verb?: string;
}

/** The result of a change. If it is still running, it is polled until it is done. */
export function ChangeResult({ result, collection, onUndo, verb: given }: ChangeResultProps) {
  const id = result.operationId;
  const isRunning = result.status === 'running';
  const live = useLive<ListedChange>(isRunning && id !== null ? `/v1/${collection}/operations/${id}` : null, 1000);
  const latest = live.value ?? result;
  if (latest.status === 'running')
    return (
      <Notice>
        <strong>Operation {id} is running.</strong>
        <OperationProgress operation={latest} />
        <span>It goes on without this page.</span>
      </Notice>
    );
  if (latest.status === 'failed') return <Notice tone="critical">{failureOf(latest)}</Notice>;
  const verb = given ?? (latest.kind === 'deletion' ? 'deleted' : 'restored');
  return (
    <div class="stack">
      <Notice tone="ok">
        <strong>
          {counted(latest.affected, 'row')} {verb}.
        </strong>
        <span>
          Operation{' '}
          <a href={hrefOf('operations', { of: collection, id: id ?? undefined })} class="number">
            {id}
          </a>
        </span>
      </Notice>
      {latest.kind === 'deletion' && id !== null && latest.affected > 0 && (
        <div class="actions">
          <button type="button" onClick={() => onUndo(id)}>
            Undo
          </button>
        </div>
      )}
    </div>
  );
}
