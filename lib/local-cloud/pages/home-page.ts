import type { AlarmView } from '../cloudwatch/alarms/alarm.ts';
import type { OutboxMessage } from '../messaging/sns-message.ts';
import type { ScheduleView } from '../scheduler/scheduler.ts';

/** What `/_local` shows. Each part also has its own page, as JSON. */
interface HomePageParts {
  readonly alarms?: readonly AlarmView[];
  readonly messages?: readonly OutboxMessage[];
  readonly schedules?: readonly ScheduleView[];
  readonly functions?: readonly { readonly name: string; readonly reservedConcurrency: number | null }[];
}

const STATES = ['ALARM', 'INSUFFICIENT_DATA', 'OK'] as const;
const TITLES = { ALARM: 'In alarm', INSUFFICIENT_DATA: 'Without data', OK: 'Fine' } as const;

/**
 * One page without a script: alarms by state, those in ALARM first with their instructions, then messages, schedules
 * and functions.
 */
export function homePage(title: string, parts: Readonly<Record<string, unknown>>): string {
  const { alarms = [], messages = [], schedules = [], functions = [] } = parts as HomePageParts;
  const inAlarm = alarms.filter(({ state }) => state === 'ALARM').length;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="10"><title>${inAlarm > 0 ? `${inAlarm} in alarm` : 'Fine'} - ${text(title)}</title>
<style>
body{font:16px/1.4 system-ui,sans-serif;max-width:60rem;margin:1rem auto;padding:0 1rem;color:#222;background:#fff}
h1 .ALARM,li.ALARM b{color:#b00020}h1 .OK{color:#1b6e2c}ul{padding-left:1.2rem}li{margin:.3rem 0;overflow-wrap:anywhere}
small{color:#555}summary{cursor:pointer;font-size:1.2rem;font-weight:600;margin-top:1rem}
</style></head><body>
<h1>${text(title)}: ${inAlarm > 0 ? `<span class="ALARM">${inAlarm} in alarm</span>` : '<span class="OK">nothing in alarm</span>'}</h1>
${STATES.map((state) => alarmList(state, alarms)).join('\n')}
${section(
  `Messages (${messages.length})`,
  true,
  messages
    .slice(0, 20)
    .map((one) => `<b>${text(one.subject)}</b> <small>${text(one.topic)}, ${text(one.publishedAt)}</small>`),
)}
${section(
  'Schedules',
  true,
  schedules.map(
    (one) =>
      `<b>${text(one.name)}</b> ${text(one.expression)}${one.enabled ? '' : ', disabled'} <small>last ${text(one.last ?? 'never')}, next ${text(one.next ?? 'never')}</small>`,
  ),
)}
${section(
  `Functions (${functions.length})`,
  false,
  functions.map((one) => `${text(one.name)} <small>${text(one.reservedConcurrency ?? 'any number')} at once</small>`),
)}
<p><small>As JSON: ${Object.keys(parts)
    .map((name) => `<a href="/_local/${text(name)}">${text(name)}</a>`)
    .join(', ')}</small></p>
</body></html>
`;
}

function alarmList(state: AlarmView['state'], alarms: readonly AlarmView[]): string {
  const found = alarms.filter((alarm) => alarm.state === state);
  const items = found.map(
    ({ name, reason, since, description }) =>
      `<b>${text(name)}</b> <small>since ${text(since)}</small><br>${state === 'ALARM' ? `${text(description)}<br>` : ''}${text(reason)}`,
  );
  return section(`${TITLES[state]} (${found.length})`, state === 'ALARM', items, state);
}

function section(title: string, open: boolean, items: readonly string[], style = ''): string {
  const list =
    items.length === 0
      ? '<p>None</p>'
      : `<ul>${items.map((item) => `<li class="${style}">${item}</li>`).join('')}</ul>`;
  return `<details${open ? ' open' : ''}><summary>${text(title)}</summary>${list}</details>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const text = (value: string | number): string =>
  String(value).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
