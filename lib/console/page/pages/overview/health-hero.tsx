import type { Health } from '../../../../../functions/contract/health.ts';
import type { LocalAlarm } from '../../api/local.ts';
import { Ago } from '../../components/ago.tsx';
import { Icon } from '../../components/icon.tsx';
import { TONE_ICONS, TONES, type Tone } from '../../components/status.tsx';

const WORDS: Readonly<Record<Tone, string>> = {
  ok: 'Everything works',
  warning: 'Working, with a warning',
  critical: 'Not working as it should',
  unknown: 'Nobody knows: no recent sample',
};

interface HealthHeroProps {
  readonly health: Health | undefined;
  readonly alarms: readonly LocalAlarm[] | undefined;
}

/** The status in words, which a person reads first at three in the morning. */
export function HealthHero({ health, alarms }: HealthHeroProps) {
  if (health === undefined)
    return <section class="card hero">{<p class="muted">Asking how the service is</p>}</section>;
  const paging = (alarms ?? []).filter(({ state, name }) => state === 'ALARM' && /-critical$/.test(name));
  const tone: Tone = paging.length > 0 ? 'critical' : TONES[health.status];
  const { alerts, sample } = health;
  return (
    <section class={`card hero ${tone}`} aria-label="Status">
      <span class="mark">
        <Icon name={TONE_ICONS[tone]} />
      </span>
      <div class="stack" aria-live="polite">
        <h1>{WORDS[tone]}</h1>
        {alerts.length === 0 && tone === 'ok' && (
          <p class="muted">
            The probe reaches the database through the pooler, and every value is under its threshold.
          </p>
        )}
        {alerts.length > 0 && (
          <ul class="plain">
            {alerts.map((alert) => (
              <li key={alert}>{alert}</li>
            ))}
          </ul>
        )}
        <p class="small muted">
          {sample !== null && (
            <>
              Sample taken <Ago time={sample.takenAt} />
            </>
          )}
          {sample === null &&
            alerts.length === 0 &&
            'No sample yet: the first probe runs within a minute of the start.'}
        </p>
      </div>
    </section>
  );
}
