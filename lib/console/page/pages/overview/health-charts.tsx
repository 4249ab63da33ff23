import type { ConfigResponse } from '../../../../../functions/contract/config.ts';
import { Card } from '../../components/card.tsx';
import { type ChartSeries, MetricChart, type Threshold } from '../../components/metric-chart.tsx';
import { ErrorNotice } from '../../components/notice.tsx';
import { duration } from '../../state/format.ts';
import { useLive } from '../../state/live.ts';
import { useNow } from '../../state/now.ts';
import { setParams } from '../../state/place.ts';
import { type Judged, useSamples } from './use-samples.ts';

type ChartRange = 'hour' | 'day';
const SECONDS: Readonly<Record<ChartRange, number>> = { hour: 3600, day: 86_400 };
/** The minimum period of a chart, for a service that has just started. */
const LEAST_SECONDS = 300;

type Limits = Readonly<Record<string, { readonly warning?: number; readonly critical?: number } | undefined>>;

/** The metrics that show the load of the store, with the thresholds of its alarms. */
export function HealthCharts({ range }: { readonly range: ChartRange }) {
  const { samples: read, error } = useSamples(SECONDS[range]);
  const samples = read ?? [];
  const config = useLive<ConfigResponse>('/v1/config', 300_000);
  const limits = (config.value?.configuration?.['thresholds'] ?? {}) as Limits;
  const now = useNow(10_000);
  const to = Math.ceil(now / 1000);
  const times = samples.map(({ sample }) => Date.parse(sample.takenAt) / 1000);
  // charts begin where samples do: an hour with three minutes of samples would show one steep line
  const from = Math.max(to - SECONDS[range], Math.min(times[0] ?? 0, to - LEAST_SECONDS));
  const period = { times, from, to, isLoading: read === undefined };
  const line = (label: string, take: (judged: Judged) => number | null): ChartSeries => ({
    label,
    values: samples.map(take),
  });
  return (
    <>
      <div class="page-head">
        <h2>The last {range}</h2>
        <Covered samples={samples} range={range} now={now} />
        <RangeButtons range={range} />
      </div>
      {error && <ErrorNotice error={error} doing="Reading the history" />}
      {error && samples.length === 0 ? null : (
        <div class="grid-2">
          <Card title="Ingest rate">
            <MetricChart
              {...period}
              label="Rows stored per second"
              unit="rows/s"
              series={[line('stored', ({ sample }) => sample.performance?.insertRatePerSecond ?? null)]}
            />
          </Card>
          <Card title="Connection pool">
            <MetricChart
              {...period}
              label="Connection pool utilization"
              unit="%"
              top={100}
              series={[line('in use', ({ sample }) => sample.pool?.utilizationPercent ?? null)]}
              thresholds={thresholdsOf(limits['poolUtilizationPercent'])}
            />
          </Card>
          <Card title="Time to a connection">
            <MetricChart
              {...period}
              label="Acquire time"
              unit="ms"
              series={[line('probe', ({ sample }) => sample.pool?.acquireMs?.avg ?? null)]}
              thresholds={thresholdsOf(limits['acquireMs'])}
            />
          </Card>
          <Card title="Query time">
            <MetricChart
              {...period}
              label="Query time"
              unit="ms"
              series={[
                line('average', ({ sample }) => sample.performance?.queryMs?.avg ?? null),
                line('p95', ({ sample }) => sample.performance?.queryMs?.p95 ?? null),
                line('p99', ({ sample }) => sample.performance?.queryMs?.p99 ?? null),
              ]}
              thresholds={thresholdsOf(limits['averageQueryMs'])}
            />
          </Card>
        </div>
      )}
    </>
  );
}

function thresholdsOf(limits: Limits[string]): Threshold[] {
  return (['warning', 'critical'] as const).flatMap((severity) => {
    const value = limits?.[severity];
    return value === undefined ? [] : [{ severity, value }];
  });
}

/** The covered part of the period, if it is not all. */
function Covered({ samples, range, now }: { samples: readonly Judged[]; range: ChartRange; now: number }) {
  const [first] = samples;
  if (first === undefined) return null;
  const known = now - Date.parse(first.sample.takenAt);
  if (known > SECONDS[range] * 950) return null;
  return <span class="small muted">Samples cover the last {duration(known)}; the service keeps 1,000.</span>;
}

function RangeButtons({ range }: { readonly range: ChartRange }) {
  return (
    <fieldset class="segmented" aria-label="Period">
      {(['hour', 'day'] as const).map((each) => (
        <button key={each} type="button" aria-pressed={each === range} onClick={() => setParams({ range: each })}>
          {each === 'hour' ? 'Hour' : 'Day'}
        </button>
      ))}
    </fieldset>
  );
}
