import type { LocalAlarm } from '../../api/local.ts';
import { anchorOf, readSymptoms, type Section, type Sections, type Symptom } from './symptoms.ts';

export type ShownSeverity = 'warning' | 'critical';

/** A family: what is broken, and for whom. */
export interface ShownFamily {
  readonly id: string;
  readonly title: string;
  /** Who is affected. */
  readonly impact: string;
}

/** Causes before their consequences, which is the order to check them in. */
export const FAMILIES: readonly (ShownFamily & { readonly sections: RegExp })[] = [
  {
    id: 'unreachable',
    title: 'Unreachable',
    impact: 'Requests fail: nothing is stored and nothing is read.',
    sections: /^(?:probe-|unavailable|proxy-availability|api-errors|function-errors|internal-errors|timeout)/,
  },
  {
    id: 'saturated',
    title: 'Saturated',
    impact: 'Some requests wait or get 429 and 503. Senders that retry lose nothing.',
    sections: /^(?:pool-|acquire|function-acquire|proxy-|overload|function-throttles|function-concurrency|connection-)/,
  },
  {
    id: 'slow',
    title: 'Slow',
    impact: 'Requests succeed, later than they should.',
    sections: /^(?:statement-|query-|api-latency|function-duration|lock-|long-|idle-|deadlocks|ingest-)/,
  },
  {
    id: 'data',
    title: 'Data',
    impact: 'Data arrives wrong, late or in the wrong place.',
    sections: /^(?:rejected-|default-partition|partition-|no-ticks|silent)/,
  },
  {
    id: 'platform',
    title: 'Platform',
    impact: 'Nothing is broken yet. Left alone, it will be.',
    sections: /./,
  },
];

export interface ShownAlarm {
  readonly alarm: LocalAlarm;
  readonly severity: ShownSeverity;
  readonly section: Section | undefined;
  /** Who is affected, if the runbook says so. */
  readonly affects: string | undefined;
}

export interface AlarmGroup {
  readonly family: ShownFamily;
  /** Worst first, then the longest in their state. */
  readonly alarms: readonly ShownAlarm[];
  readonly lead: ShownAlarm;
  /** When the first of them entered its state. ISO 8601. */
  readonly since: string;
}

/** An alarm with its severity, which is the end of its name, and its section of the runbook. */
function shown(alarm: LocalAlarm, runbook: Sections, symptoms: ReadonlyMap<string, Symptom>): ShownAlarm {
  const severity = alarm.name.endsWith('-critical') ? 'critical' : 'warning';
  const id = anchorOf(alarm.description);
  return { alarm, severity, section: runbook.get(id), affects: symptoms.get(id)?.affects };
}

/** The family of an alarm, from the runbook's table of symptoms, or else from its section. */
function familyOf(alarm: LocalAlarm, symptoms: ReadonlyMap<string, Symptom>): ShownFamily {
  const section = anchorOf(alarm.description);
  const named = FAMILIES.find(({ id }) => id === symptoms.get(section)?.family);
  if (named) return named;
  return FAMILIES.find(({ sections }) => sections.test(section)) ?? (FAMILIES.at(-1) as ShownFamily);
}

const worstFirst = (a: ShownAlarm, b: ShownAlarm): number =>
  a.severity === b.severity ? a.alarm.since.localeCompare(b.alarm.since) : a.severity === 'critical' ? -1 : 1;

/** Alarms on metrics by family, in each family the worst first. */
export function byFamily(alarms: readonly LocalAlarm[], runbook: Sections): AlarmGroup[] {
  const symptoms = readSymptoms(runbook);
  const groups = Map.groupBy(
    alarms.filter(({ kind }) => kind === 'metric'),
    (alarm) => familyOf(alarm, symptoms),
  );
  return FAMILIES.flatMap((family) => {
    const found = [...(groups.get(family) ?? [])].map((alarm) => shown(alarm, runbook, symptoms)).sort(worstFirst);
    const [lead] = found;
    if (lead === undefined) return [];
    const since = found.map(({ alarm }) => alarm.since).sort()[0] as string;
    return [{ family, alarms: found, lead, since }];
  });
}

/** The same for alarms in ALARM. */
export const inAlarmByFamily = (alarms: readonly LocalAlarm[], runbook: Sections): AlarmGroup[] =>
  byFamily(
    alarms.filter(({ state }) => state === 'ALARM'),
    runbook,
  );
