import type { LocalAlarm } from '../../api/local.ts';
import type { Runbook } from '../../api/runbook.ts';
import { Ago } from '../../components/ago.tsx';
import { Card } from '../../components/card.tsx';
import { Empty } from '../../components/notice.tsx';
import { Badge, type Tone } from '../../components/status.tsx';
import { counted } from '../../state/format.ts';
import { hrefOf, setParams } from '../../state/place.ts';
import { byFamily, type ShownAlarm } from './group-alarms.ts';

interface AlarmFamiliesProps {
  readonly alarms: readonly LocalAlarm[];
  readonly filter: string;
  readonly runbook: Runbook;
  /** The name of the one that is open. */
  readonly shown: string | undefined;
}

/** The alarms of each family as a table. */
export function AlarmFamilies({ alarms, filter, runbook, shown }: AlarmFamiliesProps) {
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
      {groups.map(({ family, alarms: found }) => (
        <Card
          key={family.id}
          title={family.title}
          aside={
            <span class="small muted">
              {counted(found.length, 'alarm')}. {family.impact}
            </span>
          }
          flush
        >
          <table>
            <thead class="visually-hidden">
              <tr>
                <th scope="col">State</th>
                <th scope="col">Alarm</th>
                <th scope="col">Since</th>
              </tr>
            </thead>
            <tbody>
              {found.map((one) => (
                <Row key={one.alarm.name} one={one} isShown={one.alarm.name === shown} />
              ))}
            </tbody>
          </table>
        </Card>
      ))}
    </>
  );
}

function Row({ one: { alarm, section, severity }, isShown }: { readonly one: ShownAlarm; readonly isShown: boolean }) {
  return (
    <tr class={isShown ? 'picked' : ''}>
      <td class="state">
        <StateBadge alarm={alarm} />
      </td>
      <td>
        <a
          href={hrefOf('alarms', { name: alarm.name })}
          aria-current={isShown ? 'true' : undefined}
          onClick={(event) => {
            event.preventDefault();
            setParams({ name: alarm.name });
            scrollTo({ top: 0 });
          }}
        >
          {section?.title ?? alarm.name}
        </a>{' '}
        <span class="small muted">
          {severity} · <code>{alarm.name}</code>
        </span>
      </td>
      <td class="small muted nowrap number">
        <Ago time={alarm.since} />
      </td>
    </tr>
  );
}

/** The state of an alarm, as a word and a colour. A warning in ALARM is yellow, a critical one red. */
export function StateBadge({ alarm: { state, name } }: { readonly alarm: Pick<LocalAlarm, 'state' | 'name'> }) {
  const alarming: Tone = name.endsWith('-critical') ? 'critical' : 'warning';
  const tone: Tone = state === 'ALARM' ? alarming : state === 'OK' ? 'ok' : 'unknown';
  return <Badge tone={tone}>{state === 'INSUFFICIENT_DATA' ? 'No data' : state}</Badge>;
}
