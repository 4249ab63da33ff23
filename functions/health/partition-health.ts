import type { Sample } from '../contract/health.ts';
import type { PartitionSignal, Signals } from './sql/signals.ts';

type SampledPartition = NonNullable<Sample['partitions']>[number];

/** The observations of each partition, by name: rows ever inserted, and when that number last grew (ISO 8601). */
export type SeenPartitions = Readonly<Record<string, readonly [inserted: number, lastInsertAt: string | null]>>;

const DAY_MS = 86_400_000;

/**
 * When each partition last received rows, accurate to the sample interval: Postgres counts insertions without their time.
 * A count that shrank was reset, and means nothing until it grows again.
 */
export function seenPartitions(
  { partitions, now }: Pick<Signals, 'partitions' | 'now'>,
  before: { readonly partitions: SeenPartitions } | null,
): SeenPartitions {
  return Object.fromEntries(
    partitions.map(({ name, inserted }) => {
      const earlier = before?.partitions[name];
      // a partition that is new since the last sample received all its rows since then
      const [insertedThen, at] = earlier ?? (before ? [0, null] : [inserted, null]);
      return [name, [inserted, inserted > insertedThen ? now : at]] as const;
    }),
  );
}

/** The partitions as the contract has them. */
export function partitionsOf({ partitions, now }: Signals, seen: SeenPartitions): SampledPartition[] {
  return partitions.map(({ table, name, from, to, rows, bytes }) => ({
    table,
    name,
    from,
    to,
    rows,
    sizeMb: bytes === null ? null : bytes / (1024 * 1024),
    lastInsertAt: seen[name]?.[1] ?? null,
    status: statusOf(from, to, Date.parse(now)),
  }));
}

function statusOf(from: string | null, to: string | null, now: number): SampledPartition['status'] {
  if (from === null || to === null) return 'default';
  if (Date.parse(to) <= now) return 'past';
  return Date.parse(from) <= now ? 'current' : 'ahead';
}

/**
 * Days until the first table has no partition for a new row: it counts partitions without a gap, beginning with the current
 * one. 0 if there is no current one.
 */
export function runwayDays(partitions: readonly PartitionSignal[], now: number): number | null {
  const tables = Map.groupBy(partitions, (partition) => partition.table);
  if (tables.size === 0) return null;
  return Math.min(...[...tables.values()].map((own) => (coveredUntil(own, now) - now) / DAY_MS));
}

function coveredUntil(partitions: readonly PartitionSignal[], now: number): number {
  const bounds = partitions
    .flatMap(({ from, to }) => (from === null || to === null ? [] : [[Date.parse(from), Date.parse(to)] as const]))
    .sort(([a], [b]) => a - b);
  let until = now;
  for (const [from, to] of bounds) if (from <= until && to > until) until = to;
  return until;
}
