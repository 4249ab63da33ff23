import { useState } from 'preact/hooks';
import type { ChangeKind, ChangeSelector } from '../../api/operations.ts';
import { Card } from '../../components/card.tsx';
import { Segmented } from '../../components/segmented.tsx';
import type { PlannedChange } from '../changes/change-dialog.tsx';
import { INTERVALS } from '../data/intervals.ts';

type By = 'period' | 'batch' | 'ids';

/**
 * Selects rows to delete or restore: those of a period, of a batch, or by id. Nothing is changed before the counts are
 * shown.
 */
export function DeleteForm({ onPlan }: { readonly onPlan: (change: Omit<PlannedChange, 'collection'>) => void }) {
  const [kind, setKind] = useState<ChangeKind>('deletion');
  const [by, setBy] = useState<By>('period');
  const [problem, setProblem] = useState('');
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const read = selectorOf(by, new FormData(event.currentTarget as HTMLFormElement));
    setProblem(typeof read === 'string' ? read : '');
    if (typeof read !== 'string')
      onPlan({ title: kind === 'deletion' ? 'Delete rows' : 'Restore rows', kind, selector: read });
  };
  return (
    <Card title="Delete or restore rows">
      <form class="stack" onSubmit={submit}>
        <div class="row">
          <Segmented
            label="What to do"
            options={[
              ['deletion', 'Delete'],
              ['restoration', 'Restore'],
            ]}
            value={kind}
            onPick={setKind}
          />
          <Segmented
            label="Which rows"
            options={[
              ['period', 'of a period'],
              ['batch', 'of a batch'],
              ['ids', 'by id'],
            ]}
            value={by}
            onPick={setBy}
          />
        </div>
        <Fields by={by} />
        {problem !== '' && <p role="alert">{problem}</p>}
        <div class="row">
          <button type="submit">Count what would change</button>
        </div>
      </form>
    </Card>
  );
}

function Fields({ by }: { readonly by: By }) {
  if (by === 'batch')
    return (
      <label class="field">
        Batch id
        <input name="batchId" inputMode="numeric" pattern="[0-9]+" required />
      </label>
    );
  if (by === 'ids')
    return (
      <label class="field">
        Ids, such as 65536, 65540-65550
        <input name="ids" required />
      </label>
    );
  return (
    <div class="row">
      <label class="field">
        Symbol
        <input name="symbol" required autocomplete="off" spellcheck={false} />
      </label>
      <label class="field">
        Rows
        <select name="bars">
          <option value="">ticks</option>
          {INTERVALS.map((each) => (
            <option key={each} value={each}>
              {each} bars
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        From (UTC)
        <input name="start" type="datetime-local" step="1" required />
      </label>
      <label class="field">
        To (UTC, included)
        <input name="end" type="datetime-local" step="1" required />
      </label>
    </div>
  );
}

/** @returns the error, as a sentence */
function selectorOf(by: By, form: FormData): ChangeSelector | string {
  const text = (name: string) => String(form.get(name) ?? '').trim();
  if (by === 'batch') return { batchId: Number(text('batchId')) };
  if (by === 'ids') {
    const parts = text('ids').split(/[\s,]+/);
    const ids = parts.map((part) => /^(\d+)(?:[-–](\d+))?$/.exec(part));
    if (ids.some((match) => match === null)) return 'Ids are whole numbers, or ranges such as 65540-65550.';
    return {
      ids: ids.map((match) =>
        match?.[2] === undefined ? Number(match?.[1]) : ([Number(match[1]), Number(match[2])] as const),
      ),
    };
  }
  const [start, end] = [text('start'), text('end')];
  if (start > end) return 'The period ends before it begins.';
  const bars = text('bars');
  return { filter: { symbol: text('symbol'), start: `${start}Z`, end: `${end}Z`, ...(bars === '' ? {} : { bars }) } };
}
