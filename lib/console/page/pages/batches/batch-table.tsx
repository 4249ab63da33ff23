import type { Collection } from '../../api/operations.ts';
import { clock, count } from '../../state/format.ts';
import { hrefOf } from '../../state/place.ts';

/** One batch of the list: its receipt's counts, and who sent it when. */
export interface BatchItem {
  readonly batchId: number;
  readonly status?: string;
  readonly actor?: string;
  readonly idempotencyKey?: string | null;
  readonly startedAt?: string;
  readonly finishedAt?: string | null;
  readonly at?: string;
  readonly received: number;
  readonly inserted: number;
  readonly duplicates: number;
  readonly conflicts: number;
  readonly tombstoned: number;
  readonly replaced?: number;
  readonly rejected: number;
}

interface BatchTableProps {
  readonly batches: readonly BatchItem[];
  readonly collection: Collection;
}

/** Counts that need attention if they are not zero. */
const OTHERS = ['duplicates', 'conflicts', 'tombstoned', 'replaced', 'rejected'] as const;

/** Batches, newest first. */
export function BatchTable({ batches, collection }: BatchTableProps) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col" class="number">
            Batch
          </th>
          <th scope="col">When (UTC)</th>
          <th scope="col">Status</th>
          <th scope="col" class="number">
            Received
          </th>
          <th scope="col" class="number">
            Inserted
          </th>
          <th scope="col">Others</th>
          <th scope="col">Who</th>
          <th scope="col">Key</th>
        </tr>
      </thead>
      <tbody>
        {batches.map((batch) => {
          const when = batch.startedAt ?? batch.at ?? batch.finishedAt;
          return (
            <tr key={batch.batchId}>
              <td class="number">
                <a href={hrefOf('batches', { of: collection, id: batch.batchId })}>{batch.batchId}</a>
              </td>
              <td class="number nowrap">{when ? clock(when) : ''}</td>
              <td>
                <span class={`badge ${TONES[batch.status ?? ''] ?? ''}`}>{batch.status ?? 'stored'}</span>
              </td>
              <td class="number">{count(batch.received)}</td>
              <td class="number">{count(batch.inserted)}</td>
              <td class="small">
                {OTHERS.filter((name) => (batch[name] ?? 0) > 0)
                  .map((name) => `${count(batch[name] ?? 0)} ${name}`)
                  .join(', ')}
              </td>
              <td class="small">{batch.actor}</td>
              <td class="small">
                <code>{batch.idempotencyKey}</code>
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

const TONES: Readonly<Record<string, string>> = {
  stored: 'ok',
  refused: 'critical',
  running: 'accent',
  failed: 'critical',
};
