import type { Health } from '../../../../../functions/contract/health.ts';
import type { LocalAlarm } from '../../api/local.ts';
import { useRunbook } from '../../api/runbook.ts';
import { Ago } from '../../components/ago.tsx';
import { Card } from '../../components/card.tsx';
import { Prose } from '../../components/prose.tsx';
import { Badge } from '../../components/status.tsx';
import { counted } from '../../state/format.ts';
import { hrefOf } from '../../state/place.ts';
import { type AlarmGroup, inAlarmByFamily } from '../alarms/group-alarms.ts';

interface IncidentsProps {
  readonly alarms: readonly LocalAlarm[] | undefined;
  readonly health: Health | undefined;
}

/** The alarms in ALARM by family: since when, who is affected, and what to do first. */
export function Incidents({ alarms, health }: IncidentsProps) {
  const runbook = useRunbook();
  if (alarms === undefined) return <WithoutAlarms health={health} />;
  const groups = inAlarmByFamily(alarms, runbook);
  if (groups.length === 0) return null;
  return (
    <Card title="In ALARM" aside={<a href={hrefOf('alarms')}>All alarms</a>} flush>
      {groups.map((group) => (
        <Incident key={group.family.id} group={group} />
      ))}
    </Card>
  );
}

function Incident({ group: { family, lead, alarms, since } }: { readonly group: AlarmGroup }) {
  const others = alarms.length - 1;
  return (
    <article class="incident">
      <div class="row">
        <Badge tone={lead.severity}>{lead.severity}</Badge>
        <h3>{family.title}</h3>
        <span class="small muted">
          since <Ago time={since} />
        </span>
      </div>
      <p>
        <strong>Impact: </strong>
        <Prose text={lead.affects ?? family.impact} />
      </p>
      <p>
        <strong>{lead.section?.title ?? lead.alarm.name}: </strong>
        <Prose text={lead.section?.meaning ?? lead.alarm.description} />
      </p>
      {lead.section && (
        <p>
          <strong>First: </strong>
          <Prose text={lead.section.first} />
        </p>
      )}
      <p class="small">
        <a href={hrefOf('alarms', { name: lead.alarm.name })}>Chart, history and runbook</a>
        {others > 0 && <span class="muted"> · {counted(others, 'more alarm')} in this family</span>}
      </p>
    </article>
  );
}

/** A deployment's alarms are in CloudWatch; here only the state in `/v1/health` is known. */
function WithoutAlarms({ health }: { readonly health: Health | undefined }) {
  if (health === undefined || health.status === 'healthy') return null;
  return (
    <Card title="Alarms of the deployment">
      <p class="small muted">
        Alarms and messages of a deployment are in CloudWatch and SNS. <a href={hrefOf('alarms')}>Runbook by section</a>
      </p>
    </Card>
  );
}
