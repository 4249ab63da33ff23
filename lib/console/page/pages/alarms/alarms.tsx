import { alarmsUrl, type LocalAlarm } from '../../api/local.ts';
import { type Runbook, useRunbook } from '../../api/runbook.ts';
import { Card } from '../../components/card.tsx';
import { ErrorNotice, Notice } from '../../components/notice.tsx';
import { Markdown } from '../../components/prose.tsx';
import { Segmented } from '../../components/segmented.tsx';
import { useLive } from '../../state/live.ts';
import { setParams } from '../../state/place.ts';
import { AlarmDetail } from './alarm-detail.tsx';
import { AlarmFamilies } from './alarm-families.tsx';
import { Pagers } from './pagers.tsx';

type AlarmFilter = 'ALARM' | 'INSUFFICIENT_DATA' | 'OK' | 'all';

/** All alarms by family, and one of them with its chart, its history and its section of the runbook. */
export function Alarms({ params }: { readonly params: URLSearchParams }) {
  const { value, error, refresh } = useLive<LocalAlarm[]>(alarmsUrl, 5000);
  const runbook = useRunbook();
  if (error?.status === 404) return <RunbookOnly runbook={runbook} />;
  if (error && value === undefined) return <ErrorNotice error={error} doing="Reading the alarms" />;
  const alarms = value ?? [];
  const shown = alarms.find(({ name }) => name === params.get('name'));
  const count = (state: string) => alarms.filter((alarm) => alarm.kind === 'metric' && alarm.state === state).length;
  const filter = (params.get('state') ?? (count('ALARM') > 0 ? 'ALARM' : 'all')) as AlarmFilter;
  return (
    <>
      <div class="page-head">
        <h1>Alarms</h1>
        <Segmented<AlarmFilter>
          label="State"
          options={[
            ['ALARM', `In ALARM ${count('ALARM')}`],
            ['OK', `OK ${count('OK')}`],
            ['INSUFFICIENT_DATA', `No data ${count('INSUFFICIENT_DATA')}`],
            ['all', 'All'],
          ]}
          value={filter}
          onPick={(state) => setParams({ state, name: undefined })}
        />
      </div>
      {params.get('name') !== null && value !== undefined && shown === undefined && (
        <Notice tone="warning">There is no alarm {params.get('name')}.</Notice>
      )}
      {shown ? (
        <AlarmDetail key={shown.name} alarm={shown} runbook={runbook} onChange={refresh} />
      ) : (
        <>
          <AlarmFamilies alarms={alarms} filter={filter} runbook={runbook} />
          <Pagers alarms={alarms} />
        </>
      )}
    </>
  );
}

/** A deployment's alarms are in CloudWatch. The runbook is shown here in any case. */
function RunbookOnly({ runbook }: { readonly runbook: Runbook }) {
  return (
    <>
      <h1>Alarms</h1>
      <Notice>
        The alarms of a deployment are in CloudWatch, under its name as prefix. This is the runbook that their messages
        link to.
      </Notice>
      {[...runbook.values()].map((section) => (
        <Card key={section.id} title={section.title}>
          <Markdown text={section.markdown} />
        </Card>
      ))}
    </>
  );
}
