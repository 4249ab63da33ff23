import type { Health } from '../../../../../functions/contract/health.ts';
import { alarmsUrl, type LocalAlarm } from '../../api/local.ts';
import { ErrorNotice } from '../../components/notice.tsx';
import { TokenForm } from '../../components/token-form.tsx';
import { useLive } from '../../state/live.ts';
import { FunctionTable } from './function-table.tsx';
import { HealthCharts } from './health-charts.tsx';
import { HealthHero } from './health-hero.tsx';
import { Incidents } from './incidents.tsx';
import { StoreFacts } from './store-facts.tsx';

/** The state of the service: in words, then the alarms in ALARM with what to do, then the metrics behind it. */
export function Overview({ params }: { readonly params: URLSearchParams }) {
  const health = useLive<Health>('/v1/health', 5000);
  const alarms = useLive<LocalAlarm[]>(alarmsUrl, 5000);
  const status = health.error?.status;
  return (
    <>
      {health.error && <ErrorNotice error={health.error} doing="Reading the health" />}
      {(status === 401 || status === 403) && <TokenForm onSet={health.refresh} />}
      <HealthHero health={health.value} alarms={alarms.value} />
      <Incidents alarms={alarms.value} health={health.value} />
      <HealthCharts range={params.get('range') === 'day' ? 'day' : 'hour'} />
      <FunctionTable />
      {health.value?.sample && <StoreFacts sample={health.value.sample} />}
    </>
  );
}
