import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { short } from '../state/format.ts';
import { colour, useTheme } from '../state/theme.ts';
import { thresholdLines } from './threshold-lines.ts';

export interface ChartSeries {
  readonly label: string;
  readonly values: readonly (number | null)[];
}

export interface Threshold {
  readonly severity: 'warning' | 'critical';
  readonly value: number;
}

export interface MetricChartProps {
  /** A description of the chart for people who cannot see it. */
  readonly label: string;
  /** Seconds since the epoch, ascending. */
  readonly times: readonly number[];
  readonly series: readonly ChartSeries[];
  readonly thresholds?: readonly Threshold[];
  readonly unit: string;
  readonly height?: number;
  /** The minimum end of the scale. Without it, the scale ends just above the values and the thresholds near them. */
  readonly top?: number;
  /** Seconds since the epoch: the whole requested period, so that gaps are visible. */
  readonly from: number;
  readonly to: number;
  /** Whether the values are still being loaded. */
  readonly isLoading?: boolean;
}

/** Lines over time with their thresholds. The legend shows the newest values as text. */
export function MetricChart(props: MetricChartProps) {
  const { label, times, series, thresholds = [], unit, height = 172, from, to, isLoading = false } = props;
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const theme = useTheme();
  const shape = JSON.stringify([series.map((one) => one.label), thresholds, unit, height]);

  // created again when its shape or the colours change; data is set below
  useEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const made = new uPlot(optionsOf(props, element.clientWidth), dataOf(props), element);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape, theme]);

  // only the data changes
  useEffect(() => {
    plot.current?.setData(dataOf(props), false);
    plot.current?.setScale('x', { min: from, max: to });
  }, [times, series, from, to]);

  const newest = series.map(({ label: name, values }) => ({ name, value: values.findLast((value) => value !== null) }));
  const isEmpty = newest.every(({ value }) => value === undefined);
  return (
    <figure>
      <div class="chart" ref={host} role="img" aria-label={`${label}: ${summaryOf(newest, thresholds, unit)}`}>
        {isEmpty && <div class="nothing">{isLoading ? 'Reading samples' : 'Nothing measured in this period'}</div>}
      </div>
      <figcaption class="legend">
        {newest.map(({ name, value }, index) => (
          <span key={name}>
            <i style={{ color: `var(--series-${index + 1})` }} />
            {name} <b>{short(value)}</b> {value === undefined ? '' : unit}
          </span>
        ))}
        {thresholds.map(({ severity, value }) => (
          <span key={severity}>
            <i class="dashed" style={{ color: `var(--${severity})` }} />
            {severity} {short(value)}
          </span>
        ))}
      </figcaption>
    </figure>
  );
}

function summaryOf(
  newest: readonly { name: string; value: number | null | undefined }[],
  thresholds: readonly Threshold[],
  unit: string,
): string {
  const values = newest.map(
    ({ name, value }) => `${name} now ${value == null ? 'not known' : `${short(value)} ${unit}`}`,
  );
  const limits = thresholds.map(({ severity, value }) => `${severity} threshold ${short(value)} ${unit}`);
  return [...values, ...limits].join(', ');
}

const dataOf = ({ times, series }: MetricChartProps): uPlot.AlignedData =>
  [[...times], ...series.map(({ values }) => [...values])] as uPlot.AlignedData;

function optionsOf(
  { series, thresholds = [], height = 172, top = 0, from, to }: MetricChartProps,
  width: number,
): uPlot.Options {
  const text = colour('--muted');
  const grid = { stroke: colour('--grid'), width: 1 };
  const axis = { stroke: text, grid, ticks: { show: false }, font: '12px system-ui, sans-serif' };
  return {
    ...{ width, height },
    legend: { show: false },
    cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
    padding: [10, 8, 0, 0],
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'UTC'),
    scales: {
      x: { min: from, max: to },
      y: { range: (_, __, max) => [0, Math.max(topOf(max, thresholds), top)] },
    },
    axes: [
      {
        ...axis,
        size: 28,
        space: 70,
        values: (_, ticks) => ticks.map((tick) => new Date(tick * 1000).toISOString().slice(11, 16)),
      },
      { ...axis, size: 46, space: 32, values: (_, ticks) => ticks.map((tick) => short(tick)) },
    ],
    series: [
      {},
      ...series.map(({ label }, index) => {
        const stroke = colour(`--series-${index + 1}`);
        return {
          label,
          stroke,
          width: 2,
          spanGaps: false,
          // a value between two gaps has no line, so a dot shows it
          points: { show: true, size: 5, fill: stroke, filter: isolated },
          ...(index === 0 && series.length === 1 ? { fill: `${stroke}1f` } : {}),
        };
      }),
    ],
    plugins: [thresholdLines(thresholds)],
  };
}

/** The positions of values without a neighbour. */
function isolated(plot: uPlot, index: number): number[] {
  const values = plot.data[index] ?? [];
  return [...values.keys()].filter((at) => values[at] != null && values[at - 1] == null && values[at + 1] == null);
}

/** The warning line is always visible, the critical one when the values come near it. */
function topOf(max: number | null, thresholds: readonly Threshold[]): number {
  const limits = thresholds.map(({ value }) => value);
  const highest = Math.max(max ?? 0, Math.min(...limits, 1));
  const near = limits.filter((value) => value <= highest * 4);
  return Math.max(highest, ...near) * 1.12;
}
