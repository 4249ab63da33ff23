import type { LocalAlarm } from '../../api/local.ts';
import { type Runbook, sectionOf, titleOf } from '../../api/runbook.ts';
import { Ago } from '../../components/ago.tsx';
import { Card } from '../../components/card.tsx';
import { Markdown } from '../../components/prose.tsx';
import { clock } from '../../state/format.ts';
import { setParams } from '../../state/place.ts';
import { StateBadge } from './alarm-families.tsx';
import { SignalChart } from './signal-chart.tsx';
import { Silence } from './silence.tsx';

interface AlarmDetailProps {
  readonly alarm: LocalAlarm;
  readonly runbook: Runbook;
  readonly onChange: () => void;
}

/** One alarm: its metric, its history of states, and what to do. */
export function AlarmDetail({ alarm, runbook, onChange }: AlarmDetailProps) {
  const section = runbook.get(sectionOf(alarm.description));
  return (
    <section class="stack" aria-label={alarm.name}>
      <Card
        title={
          <span class="row">
            <StateBadge alarm={alarm} /> {section ? titleOf(section) : alarm.name}
          </span>
        }
        aside={
          <button type="button" class="quiet" onClick={() => setParams({ name: undefined })}>
            All alarms
          </button>
        }
      >
        <div class="stack">
          <p class="small">
            <code>{alarm.name}</code> <span class="muted">in this state since</span> <Ago time={alarm.since} />
          </p>
          <p class="small muted">{alarm.reason}</p>
          {alarm.kind === 'metric' && <SignalChart name={alarm.name} />}
          <Silence alarm={alarm} onChange={onChange} />
        </div>
      </Card>
      <div class="grid-2">
        <Card title="Runbook">{section ? <Markdown text={section.markdown} /> : <p>{alarm.description}</p>}</Card>
        <Card title="History" flush>
          <History alarm={alarm} />
        </Card>
      </div>
    </section>
  );
}

function History({ alarm: { history } }: { readonly alarm: LocalAlarm }) {
  if (history.length === 0) return <p class="empty">Its state has not changed since the start.</p>;
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">When (UTC)</th>
          <th scope="col">To</th>
          <th scope="col">Why</th>
        </tr>
      </thead>
      <tbody>
        {history.slice(0, 30).map(({ at, to, reason }) => (
          <tr key={at + to}>
            <td class="number nowrap">{clock(at)}</td>
            <td>
              <span class={`badge ${to === 'ALARM' ? 'critical' : to === 'OK' ? 'ok' : ''}`}>
                {to === 'INSUFFICIENT_DATA' ? 'No data' : to}
              </span>
            </td>
            <td class="small wide">{reason}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
