import type { LocalMessage } from '../../api/local.ts';

/** A message as its reader sees it: a subject, lines of text, and facts if it is CloudWatch's own JSON. */
export interface ReadMessage {
  readonly subject: string;
  readonly severity: 'critical' | 'warning' | 'ok' | 'unknown';
  readonly text: string;
  readonly facts: readonly (readonly [string, string])[];
  readonly alarm: string | undefined;
}

const FACTS: readonly (readonly [string, string])[] = [
  ['AlarmName', 'Alarm'],
  ['NewStateValue', 'State'],
  ['OldStateValue', 'Before'],
  ['StateChangeTime', 'Since'],
];

/** Parses a published message. Plain text stays as it is. */
export function readMessage({ subject, message, topic }: LocalMessage): ReadMessage {
  const json = parse(message);
  const field = (name: string) => (typeof json?.[name] === 'string' ? (json[name] as string) : undefined);
  const isOk = field('NewStateValue') === 'OK' || /^\[?(?:OK|RESOLVED)|^OK:/.test(subject);
  const severity = isOk ? 'ok' : /critical/i.test(topic) ? 'critical' : /warning/i.test(topic) ? 'warning' : 'unknown';
  if (json === undefined)
    return { subject, severity, text: message, facts: [], alarm: /^Alarm: (\S+)$/m.exec(message)?.[1] };
  return {
    subject,
    severity,
    text: [field('AlarmDescription'), field('NewStateReason')].filter((part) => part !== undefined).join('\n\n'),
    facts: FACTS.flatMap(([name, title]) => {
      const value = field(name);
      return value === undefined ? [] : [[title, readable(name, value)] as const];
    }),
    alarm: field('AlarmName'),
  };
}

/** CloudWatch writes `2026-11-26T00:19:32.002+0000`. */
const readable = (name: string, value: string): string =>
  name === 'StateChangeTime' ? `${value.slice(0, 19).replace('T', ' ')} UTC` : value;

/** Whether people receive it. A function turns the other messages into messages for people. */
export const isForPeople = ({ deliveries }: Pick<LocalMessage, 'deliveries'>): boolean =>
  deliveries.length === 0 ||
  deliveries.some(({ protocol, outcome }) => protocol !== 'lambda' || outcome !== 'delivered');

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
