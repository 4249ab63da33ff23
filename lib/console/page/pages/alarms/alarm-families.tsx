import type { LocalAlarm } from '../../api/local.ts';
import { type Runbook, titleOf } from '../../api/runbook.ts';
import { Ago } from '../../components/ago.tsx';
import { Card } from '../../components/card.tsx';
import { Empty } from '../../components/notice.tsx';
import { Badge, type Tone } from '../../components/status.tsx';
import { counted } from '../../state/format.ts';
import { hrefOf } from '../../state/place.ts';
import { byFamily, type ShownAlarm } from './group-alarms.ts';

interface AlarmFamiliesProps {
  readonly alarms: readonly LocalAlarm[];
  readonly filter: string;
  readonly runbook: Runbook;
}

/** The alarms of each family: those in ALARM, and a count of the others that expands. */
export function AlarmFamilies({ alarms, filter, runbook }: AlarmFamiliesProps) {
  const wanted = alarms.filter(({ state }) => filter === 'all' || state === filter);
  const groups = byFamily(wanted, runbook);
  if (groups.length === 0)
    return (
      <Card>
        <Empty>{filter === 'ALARM' ? 'Nothing is in ALARM.' : 'No alarm is in this state.'}</Empty>
      </Card>
    );
  return (
    <>
      {groups.map(({ family, alarms: found }) => {
        const loud = found.filter(({ alarm }) => alarm.state === 'ALARM');
        const quiet = found.filter(({ alarm }) => alarm.state !== 'ALARM');
        return (
          <Card key={family.id} title={family.title} aside={<span class="small muted">{family.impact}</span>} flush>
            {loud.length > 0 && <AlarmTable alarms={loud} />}
            {quiet.length > 0 && (
              <details class="quiet-alarms">
                <summary>
                  {counted(quiet.length, 'alarm')} {loud.length > 0 ? 'more, ' : ''}not in ALARM
                </summary>
                <AlarmTable alarms={quiet} />
              </details>
            )}
          </Card>
        );
      })}
    </>
  );
}

function AlarmTable({ alarms }: { readonly alarms: readonly ShownAlarm[] }) {
  return (
    <table>
      <thead class="visually-hidden">
        <tr>
          <th scope="col">State</th>
          <th scope="col">Alarm</th>
          <th scope="col">Since</th>
        </tr>
      </thead>
      <tbody>
        {alarms.map(({ alarm, section, severity }) => (
          <tr key={alarm.name}>
            <td class="state">
              <StateBadge alarm={alarm} />
            </td>
            <td>
              <a href={hrefOf('alarms', { name: alarm.name })}>{section ? titleOf(section) : alarm.name}</a>{' '}
              <span class="small muted">
                {severity} · <code>{alarm.name}</code>
              </span>
            </td>
            <td class="small muted nowrap number">
              <Ago time={alarm.since} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The state of an alarm, as a word and a colour. A warning in ALARM is yellow, a critical alarm red. */
export function StateBadge({ alarm: { state, name } }: { readonly alarm: Pick<LocalAlarm, 'state' | 'name'> }) {
  const alarming: Tone = name.endsWith('-critical') ? 'critical' : 'warning';
  const tone: Tone = state === 'ALARM' ? alarming : state === 'OK' ? 'ok' : 'unknown';
  return <Badge tone={tone}>{state === 'INSUFFICIENT_DATA' ? 'No data' : state}</Badge>;
}
