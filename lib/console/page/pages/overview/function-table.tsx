import { functionsUrl, type LocalFunction, type LocalSeries, seriesUrl } from '../../api/local.ts';
import { Card } from '../../components/card.tsx';
import { Sparkline } from '../../components/sparkline.tsx';
import { count, milliseconds } from '../../state/format.ts';
import { useLive } from '../../state/live.ts';

const EVERY_MS = 15_000;
const lambda = (name: string, statistic: string) => seriesUrl('AWS/Lambda', name, statistic);

/** Each function over the last hour. Only a local Tick Store has these; a deployment's are in CloudWatch. */
export function FunctionTable() {
  const functions = useLive<LocalFunction[]>(functionsUrl, 60_000);
  const calls = useLive<LocalSeries[]>(functions.value ? lambda('Invocations', 'Sum') : null, EVERY_MS);
  const errors = useLive<LocalSeries[]>(functions.value ? lambda('Errors', 'Sum') : null, EVERY_MS);
  const durations = useLive<LocalSeries[]>(functions.value ? lambda('Duration', 'p95') : null, EVERY_MS);
  if (functions.value === undefined || calls.value === undefined) return null;
  const called = functions.value.filter(({ name }) => seriesOf(calls.value, name).length > 0);
  return (
    <Card title="Functions, last hour" flush>
      <table>
        <thead>
          <tr>
            <th scope="col">Function</th>
            <th scope="col">Calls per minute</th>
            <th scope="col" class="number">
              Calls
            </th>
            <th scope="col" class="number">
              Errors
            </th>
            <th scope="col">p95 duration</th>
            <th scope="col" class="number">
              Latest p95
            </th>
          </tr>
        </thead>
        <tbody>
          {called.map(({ name }) => {
            const times = seriesOf(durations.value, name);
            const failed = total(seriesOf(errors.value, name));
            return (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>
                  <Sparkline label={`${name}, calls per minute`} unit="calls" values={seriesOf(calls.value, name)} />
                </td>
                <td class="number">{count(total(seriesOf(calls.value, name)))}</td>
                <td class="number">{failed > 0 ? <span class="badge critical">{count(failed)}</span> : '0'}</td>
                <td>
                  <Sparkline label={`${name}, p95 duration`} unit="ms" values={times} />
                </td>
                <td class="number">{milliseconds(times.findLast((value) => value !== null))}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Card>
  );
}

/** The series of a function as a whole, whose only dimension is its name. */
function seriesOf(series: readonly LocalSeries[] | undefined, name: string): readonly (number | null)[] {
  const found = series?.find(
    ({ dimensions }) => dimensions['FunctionName'] === name && Object.keys(dimensions).length === 1,
  );
  return found?.values ?? [];
}

const total = (values: readonly (number | null)[]): number =>
  values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
