import { type Account, alarmArn } from '../../cloudformation/arns.ts';
import type { Resource } from '../../cloudformation/resource.ts';
import { alarmName, type CompositeProperties, compositeProperties, readProperties } from './alarm-properties.ts';
import { type AlarmRule, parseAlarmRule } from './alarm-rule.ts';

/** An alarm on the states of other alarms, built from its resource. */
export interface CompositeAlarm {
  readonly name: string;
  readonly arn: string;
  readonly properties: CompositeProperties;
  readonly rule: AlarmRule;
  /** The name of the alarm that suppresses its actions. */
  readonly suppressor: string | undefined;
}

/** @throws Error that names the alarm and the setting that is not valid */
export function compositeAlarm(resource: Resource, account: Account): CompositeAlarm {
  const properties = readProperties(compositeProperties, resource);
  const name = alarmName(resource);
  const { ActionsSuppressor: suppressor } = properties;
  try {
    return {
      name,
      arn: alarmArn(account, name),
      properties,
      rule: parseAlarmRule(properties.AlarmRule),
      suppressor: suppressor?.replace(/^arn:.*:alarm:/, ''),
    };
  } catch (error) {
    throw new Error(`${name} cannot be emulated: ${(error as Error).message}`, { cause: error });
  }
}

/** The alarms that must be evaluated first: those in its rule, and its suppressor. */
const dependenciesOf = ({ rule, suppressor }: CompositeAlarm): string[] =>
  suppressor === undefined ? [...rule.alarms] : [...rule.alarms, suppressor];

/**
 * Sorts composite alarms so that each comes after those that it depends on.
 * @param known names of the metric alarms
 * @throws Error for an alarm that does not exist, and for a cycle
 */
export function inOrder(composites: readonly CompositeAlarm[], known: ReadonlySet<string>): CompositeAlarm[] {
  const byName = new Map(composites.map((composite) => [composite.name, composite]));
  const ordered = new Set<CompositeAlarm>();
  const visit = (composite: CompositeAlarm, path: readonly string[]) => {
    if (path.includes(composite.name)) throw new Error(`${composite.name} depends on itself: ${path.join(', ')}`);
    if (ordered.has(composite)) return;
    for (const name of dependenciesOf(composite)) {
      const other = byName.get(name);
      if (other) visit(other, [...path, composite.name]);
      else if (!known.has(name)) throw new Error(`${composite.name} refers to ${name}, which is not an alarm`);
    }
    ordered.add(composite);
  };
  for (const composite of composites) visit(composite, []);
  return [...ordered];
}

/** `Friday 04 August, 2023 12:54:46 UTC` */
function spelled(at: number): string {
  const date = new Date(at);
  const part = (options: Intl.DateTimeFormatOptions) => date.toLocaleString('en-US', { ...options, timeZone: 'UTC' });
  const day = `${part({ weekday: 'long' })} ${part({ day: '2-digit' })} ${part({ month: 'long' })}`;
  return `${day}, ${date.getUTCFullYear()} ${date.toISOString().slice(11, 19)} UTC`;
}

/** Why a composite alarm changed its state, as CloudWatch words it. */
export const transitionReason = (child: { readonly arn: string; readonly state: string; readonly since: number }) =>
  `${child.arn} transitioned to ${child.state} at ${spelled(child.since)}`;
