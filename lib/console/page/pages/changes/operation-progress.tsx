import type { ListedChange } from '../../api/operations.ts';
import { count } from '../../state/format.ts';

/** The progress of an operation in steps. While its rows are being counted, the bar is indeterminate. */
export function OperationProgress({ operation }: { readonly operation: ListedChange }) {
  const { rowsDone = 0, rowsToDo } = operation;
  const total = typeof rowsToDo === 'number' ? rowsDone + rowsToDo : undefined;
  const text = total === undefined ? 'Counting rows' : `${count(rowsDone)} of ${count(total)} rows`;
  return (
    <span class="row small">
      <progress aria-label={text} {...(total === undefined ? {} : { value: rowsDone, max: total })} />
      <span>{text}</span>
    </span>
  );
}

/** Why an operation could not continue, as a sentence. */
export const failureOf = ({ operationId, failure }: ListedChange): string =>
  `Operation ${operationId} failed: ${failure}.`;
