import type { Sample } from '../../../../../functions/contract/health.ts';
import { Card } from '../../components/card.tsx';
import { clock, count, duration, short } from '../../state/format.ts';

/** The last sample's facts about the database and its partitions. */
export function StoreFacts({ sample }: { readonly sample: Sample }) {
  const { database, pool, partitions, runwayDays } = sample;
  const rows = (partitions ?? []).reduce((sum, partition) => sum + Math.max(partition.rows ?? 0, 0), 0);
  const facts: readonly (readonly [string, string])[] = [
    ['Rows stored, estimated', count(rows)],
    ['On disk', database?.sizeMb == null ? '–' : `${short(database.sizeMb)} MB`],
    ['Connections in use', `${pool?.inUse ?? '–'} of ${pool?.maxConnections ?? '–'}`],
    ['Cache hit ratio', database?.cacheHitRatio == null ? '–' : `${short(database.cacheHitRatio * 100)} %`],
    ['Longest transaction', secondsOf(database?.longestTransactionSeconds)],
    ['Longest lock wait', secondsOf(database?.longestLockWaitSeconds)],
    ['Future partitions', runwayDays == null ? '–' : `${short(runwayDays)} days`],
    ['Sample', `${clock(sample.takenAt)} UTC`],
  ];
  return (
    <Card title="Database">
      <dl class="facts">
        {facts.map(([term, value]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}

const secondsOf = (seconds: number | null | undefined): string => (seconds == null ? '–' : duration(seconds * 1000));
