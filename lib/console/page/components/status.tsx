import type { HealthStatus } from '../../../../functions/contract/health.ts';
import { Icon, type IconName } from './icon.tsx';

export type Tone = 'ok' | 'warning' | 'critical' | 'unknown';

/** A health status as a tone: colour, icon and word always appear together. */
export const TONES: Readonly<Record<HealthStatus, Tone>> = {
  healthy: 'ok',
  warning: 'warning',
  critical: 'critical',
  unknown: 'unknown',
};

export const TONE_ICONS: Readonly<Record<Tone, IconName>> = {
  ok: 'ok',
  warning: 'warning',
  critical: 'critical',
  unknown: 'unknown',
};

/** A word on a coloured background, with its icon. */
export function Badge({ tone, children }: { readonly tone: Tone; readonly children: string | number }) {
  return (
    <span class={`badge ${tone}`}>
      <Icon name={TONE_ICONS[tone]} />
      {children}
    </span>
  );
}
