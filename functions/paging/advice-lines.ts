import type { Beginning } from './beginning.ts';
import type { AlarmFacts } from './page-facts.ts';
import type { AlarmTransition } from './read-notice.ts';

/** One of the alarms that a page is about. */
export interface Member {
  readonly change: AlarmTransition;
  readonly facts: AlarmFacts;
}

/**
 * The lines of advice on a page: what to do first, where to look, who is affected, since when, and the measured value. If the
 * page is about several alarms, each line begins with the title of its alarm.
 */
export function adviceOf(members: readonly Member[], began: Beginning): (readonly [string, string])[] {
  const linesOf = (title: string, textOf: (member: Member) => string | undefined) =>
    members.flatMap((member) => {
      const text = textOf(member);
      if (text === undefined) return [];
      return [[title, members.length > 1 ? `${member.facts.title}: ${text}` : text] as const];
    });
  return [
    ...linesOf('First', ({ facts }) => facts.first),
    ...linesOf('Look', ({ facts }) => facts.look),
    ...linesOf('Affected', ({ facts }) => facts.affects),
    ['Since', began.text],
    ...linesOf('Measured', ({ change: { measured }, facts: { unit } }) =>
      measured === undefined || unit === ''
        ? undefined
        : `${formatNumber(measured.value)} ${unit}, limit ${formatNumber(measured.limit)}`,
    ),
  ];
}

const formatNumber = (value: number): string =>
  Number(value.toPrecision(4)).toLocaleString('en', { maximumSignificantDigits: 4 });
