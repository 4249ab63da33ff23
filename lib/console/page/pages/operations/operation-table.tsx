import type { Collection, ListedChange } from '../../api/operations.ts';
import { clock, count } from '../../state/format.ts';
import { hrefOf } from '../../state/place.ts';
import { OperationProgress } from '../changes/operation-progress.tsx';

interface OperationTableProps {
  readonly operations: readonly ListedChange[];
  readonly collection: Collection;
  readonly onUndo: (operation: ListedChange) => void;
}

/** Operations, newest first. */
export function OperationTable({ operations, collection, onUndo }: OperationTableProps) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col" class="number">
            Id
          </th>
          <th scope="col">When (UTC)</th>
          <th scope="col">What</th>
          <th scope="col" class="number">
            Rows
          </th>
          <th scope="col">Why</th>
          <th scope="col">Who</th>
          <th scope="col">
            <span class="visually-hidden">Action</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {operations.map((operation) => {
          const { operationId, at, kind, affected, reason, actor, status } = operation;
          return (
            <tr key={operationId}>
              <td class="number">
                <a href={hrefOf('operations', { of: collection, id: operationId ?? undefined })}>{operationId}</a>
              </td>
              <td class="number nowrap">{clock(at)}</td>
              <td>
                <span class={`badge ${kind === 'deletion' ? 'critical' : 'ok'}`}>{kind}</span>
                {status !== undefined && status !== 'done' && <span class="badge">{status}</span>}
              </td>
              <td class="number">
                {status === 'running' ? <OperationProgress operation={operation} /> : count(affected)}
              </td>
              <td class="wide">{reason}</td>
              <td class="small">{actor}</td>
              <td>
                {(affected > 0 || kind === 'correction') && status !== 'running' && (
                  <button type="button" onClick={() => onUndo(operation)}>
                    {kind === 'restoration' ? 'Redo' : 'Undo'}
                    <span class="visually-hidden"> operation {operationId}</span>
                  </button>
                )}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
