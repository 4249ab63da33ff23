import { short } from '../state/format.ts';

interface SparklineProps {
  readonly label: string;
  /** Oldest first; null for a period without data. */
  readonly values: readonly (number | null)[];
  readonly unit: string;
}

const WIDTH = 120;
const HEIGHT = 28;

/** The last hour of one number, small enough for a row of a table. */
export function Sparkline({ label, values, unit }: SparklineProps) {
  const known = values.map((value) => value ?? 0);
  const top = Math.max(...known, 1e-9);
  const step = WIDTH / Math.max(values.length - 1, 1);
  const points = known.map(
    (value, index) => `${(index * step).toFixed(1)},${(HEIGHT - 2 - (value / top) * (HEIGHT - 4)).toFixed(1)}`,
  );
  const most = `at most ${short(Math.max(...known, 0))} ${unit}`;
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={`${label}: ${most}`}
    >
      <polyline points={`0,${HEIGHT} ${points.join(' ')} ${WIDTH},${HEIGHT}`} fill="var(--accent-soft)" stroke="none" />
      <polyline
        points={points.join(' ')}
        fill="none"
        stroke="var(--accent)"
        stroke-width="1.6"
        stroke-linejoin="round"
      />
    </svg>
  );
}
