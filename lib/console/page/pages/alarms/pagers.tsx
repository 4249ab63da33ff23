import type { LocalAlarm } from '../../api/local.ts';
import { Card } from '../../components/card.tsx';
import { counted } from '../../state/format.ts';
import { hrefOf } from '../../state/place.ts';
import { StateBadge } from './alarm-families.tsx';

/** The alarms whose changes of state notify people: those in ALARM, and all composite alarms. */
export function Pagers({ alarms }: { readonly alarms: readonly LocalAlarm[] }) {
  const pagers = alarms.filter(
    ({ kind, actionsEnabled, state }) => actionsEnabled && (kind === 'composite' || state === 'ALARM'),
  );
  if (pagers.length === 0) return null;
  return (
    <Card title="Alarms that notify">
      <details open={pagers.length <= 4}>
        <summary>{counted(pagers.length, 'alarm')} that notify people of changes</summary>
        <ul class="plain stack">
          {pagers.map((alarm) => (
            <li key={alarm.name} class="row pager">
              <StateBadge alarm={alarm} />
              <a href={hrefOf('alarms', { name: alarm.name })}>{alarm.name}</a>
              {alarm.suppressedBy !== null && <span class="badge">held back: {alarm.suppressedBy}</span>}
            </li>
          ))}
        </ul>
      </details>
    </Card>
  );
}
