import { type LocalSignal, signalUrl } from '../../api/local.ts';
import { MetricChart } from '../../components/metric-chart.tsx';
import { useLive } from '../../state/live.ts';

/** The series that an alarm evaluates, over the last hour, with its threshold and comparison. */
export function SignalChart({ name }: { readonly name: string }) {
  const { value, error } = useLive<LocalSignal>(signalUrl(name), 10_000);
  if (error) return <p class="small muted">What this alarm watches cannot be shown: {error.message}.</p>;
  if (value === undefined) return <p class="small muted">Reading its metric</p>;
  const { from, periodSeconds, values, threshold, comparison, datapointsToAlarm, evaluationPeriods, label } = value;
  const start = Date.parse(from) / 1000;
  return (
    <>
      <MetricChart
        label={label}
        unit=""
        times={values.map((_, index) => start + index * periodSeconds)}
        series={[{ label, values }]}
        thresholds={[{ severity: name.endsWith('-critical') ? 'critical' : 'warning', value: threshold }]}
        from={start}
        to={start + values.length * periodSeconds}
        height={200}
      />
      <p class="small muted">
        Enters ALARM when {datapointsToAlarm} of {evaluationPeriods} periods of {periodSeconds} s are {comparison}{' '}
        {threshold}.
      </p>
    </>
  );
}
