import type { AlarmFacts, PageFacts } from '../../../functions/paging/page-facts.ts';
import type { Settings } from '../../config/schema.ts';
import type { Names } from '../shared/names.ts';
import { type AlarmSubject, FAMILIES, familyTitle, type Limit, SEVERITIES, sectionOf } from './definition.ts';

/** A command, a query or a request at the start of an advice, with the log group of a query. */
const FIRST_LOOK = /^`[^`]+`( in Logs Insights over \S+)?/;

/** The service's name in the texts; a deployment's own name replaces it. */
const WRITTEN_NAME = 'tick-store';

/** The pager's facts about each alarm: the texts of its page. */
export function pageFactsOf(
  names: Names,
  { runbookUrl, warning, critical }: Settings['alerts'],
  subjects: readonly AlarmSubject[],
): PageFacts {
  const ofSubjects = subjects.flatMap((subject) => factsOf(names, subject));
  const ofFamilies = FAMILIES.map((family): [string, AlarmFacts] => [
    names.of(family, 'warning'),
    {
      ...{ subject: 'warning', family, severity: 'warning', section: 'warnings', pages: true },
      title: familyTitle(family),
      first: 'Handle it in working hours. The alarms in ALARM say what to do.',
      affects: 'See each alarm.',
      unit: '',
    },
  ]);
  return {
    service: names.service,
    runbookUrl,
    owners: {
      ...(warning.owner === undefined ? {} : { warning: warning.owner }),
      ...(critical.owner === undefined ? {} : { critical: critical.owner }),
    },
    alarms: Object.fromEntries([...ofSubjects, ...ofFamilies]),
  };
}

function factsOf(names: Names, subject: AlarmSubject): [string, AlarmFacts][] {
  const { id, family, title, affects, advice, causes = [], isForRollback } = subject;
  const ours = (text: string) => text.replaceAll(WRITTEN_NAME, names.service);
  const first = ours(advice.first);
  const [command] = advice.look.flatMap((item) => FIRST_LOOK.exec(item)?.[0] ?? []);
  const about = {
    ...{ subject: id, family, title, affects, unit: subject.unit, section: sectionOf(subject) },
    ...(command === undefined ? {} : { look: ours(command) }),
  };
  const isHeldBack = causes.length > 0;
  const own = SEVERITIES.filter((severity) => subject.limits[severity]).map((severity): [string, AlarmFacts] => [
    names.of(id, severity),
    {
      ...{ ...about, first, severity, pages: severity === 'critical' && !isHeldBack && !isForRollback },
      ...periodOf(subject.limits[severity]),
    },
  ]);
  if (!isHeldBack || subject.limits.critical === undefined) return own;
  return [...own, [names.of(id, 'page'), { ...about, first, severity: 'critical', pages: true }]];
}

const periodOf = (limit: Limit | undefined): Pick<AlarmFacts, 'periodSeconds'> =>
  limit === undefined ? {} : { periodSeconds: limit.timing.periodSeconds };
