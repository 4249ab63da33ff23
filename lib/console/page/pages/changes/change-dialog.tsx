import { useEffect, useMemo, useState } from 'preact/hooks';
import {
  type ChangeKind,
  type ChangeSelector,
  type Collection,
  type ListedChange,
  make,
  plan,
} from '../../api/operations.ts';
import { ApiError } from '../../api/request.ts';
import { Dialog } from '../../components/dialog.tsx';
import { ErrorNotice } from '../../components/notice.tsx';
import { counted } from '../../state/format.ts';
import { refreshAll } from '../../state/live.ts';
import { ChangeResult } from './change-result.tsx';

export interface PlannedChange {
  readonly title: string;
  readonly collection: Collection;
  readonly kind: ChangeKind;
  readonly selector: ChangeSelector;
  /** Whether it takes a correction back: it then deletes some rows and restores others. */
  readonly isOfCorrection?: boolean;
}

interface ChangeDialogProps {
  readonly change: PlannedChange;
  readonly onClose: () => void;
}

/**
 * Shows what a change would do, asks for the reason, and applies it to exactly those rows. The result has an Undo
 * button.
 */
export function ChangeDialog({ change, onClose }: ChangeDialogProps) {
  const [current, setCurrent] = useState(change);
  const [done, setDone] = useState<ListedChange>();
  const undo = (operationId: number) => {
    setDone(undefined);
    setCurrent({
      ...current,
      title: `Undo operation ${operationId}`,
      kind: 'restoration',
      selector: { operationId },
      isOfCorrection: false,
    });
  };
  return (
    <Dialog title={done ? 'Done' : current.title} onClose={onClose}>
      {done ? (
        <ChangeResult
          result={done}
          collection={current.collection}
          onUndo={undo}
          {...(current.isOfCorrection ? { verb: 'changed' } : {})}
        />
      ) : (
        <ChangeForm key={current.title} change={current} onDone={setDone} onClose={onClose} />
      )}
    </Dialog>
  );
}

interface ChangeFormProps {
  readonly change: PlannedChange;
  readonly onDone: (result: ListedChange) => void;
  readonly onClose: () => void;
}

function ChangeForm({ change, onDone, onClose }: ChangeFormProps) {
  const [planned, setPlanned] = useState<ListedChange>();
  const [error, setError] = useState<ApiError>();
  const [reason, setReason] = useState('');
  const [isBusy, setBusy] = useState(false);
  const key = useMemo(() => crypto.randomUUID(), []);
  // the dialog handles one change only
  useEffect(() => {
    const control = new AbortController();
    plan(change, control.signal).then(setPlanned, (failure: unknown) => {
      if (!control.signal.aborted) setError(known(failure));
    });
    return () => control.abort();
  }, []);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (planned === undefined) return;
    setBusy(true);
    try {
      const result = await make(change, { reason, expectedCount: planned.affected, key });
      refreshAll(`/v1/${change.collection}/`);
      onDone(result);
    } catch (failure) {
      setError(known(failure));
    }
    setBusy(false);
  };
  const { verb, done, meaning } = wordsOf(change);
  return (
    <form class="stack" onSubmit={submit}>
      {error && <ErrorNotice error={error} doing={planned ? verb : 'Counting what would change'} />}
      {planned === undefined && !error && <p role="status">Counting what would change</p>}
      {planned && (
        <>
          <p role="status">
            <strong>
              {counted(planned.affected, 'row')} would be {done}.
            </strong>{' '}
            {sentenceOf(planned, change.kind)}
          </p>
          <p class="small muted">{meaning}</p>
          <label class="field">
            Reason, kept with the operation
            <input
              required
              maxLength={500}
              value={reason}
              onInput={({ currentTarget }) => setReason(currentTarget.value)}
            />
          </label>
        </>
      )}
      <div class="actions">
        <button type="button" onClick={onClose}>
          Cancel
        </button>
        <button
          type="submit"
          class={change.kind === 'deletion' ? 'danger' : 'primary'}
          disabled={planned === undefined || planned.affected === 0 || isBusy || reason.trim() === ''}
        >
          {verb} {planned ? counted(planned.affected, 'row') : 'rows'}
        </button>
      </div>
    </form>
  );
}

/** A change in words. */
function wordsOf({ kind, isOfCorrection }: PlannedChange): { verb: string; done: string; meaning: string } {
  if (isOfCorrection)
    return {
      verb: 'Change',
      done: 'changed',
      meaning: 'The new rows are deleted, and those that they replaced are restored.',
    };
  return kind === 'deletion'
    ? {
        verb: 'Delete',
        done: 'deleted',
        meaning: 'Deleted rows stay stored, but reads no longer return them. An undo restores exactly these rows.',
      }
    : { verb: 'Restore', done: 'restored', meaning: 'Reads return restored rows again.' };
}

/** What would not change, and why. */
function sentenceOf({ unchanged, notFound }: ListedChange, kind: ChangeKind): string {
  const already = kind === 'deletion' ? 'deleted already' : 'not deleted';
  return [
    unchanged > 0 ? `${counted(unchanged, 'row')} ${unchanged === 1 ? 'is' : 'are'} ${already}.` : '',
    notFound > 0 ? `${counted(notFound, 'id')} ${notFound === 1 ? 'was' : 'were'} not found.` : '',
  ].join(' ');
}

const known = (failure: unknown): ApiError =>
  failure instanceof ApiError ? failure : new ApiError(0, { detail: String(failure) });
