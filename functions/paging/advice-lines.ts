import type { Beginning } from './beginning.ts';
import type { AlarmFacts } from './page-facts.ts';
import type { AlarmTransition } from './read-notice.ts';

/** One alarm of those that a page is about. */
export interface Member {
  readonly change: AlarmTransition;
  readonly facts: AlarmFacts;
}

/** What to do, where to look, who notices it, since when and how much. Each begins with the alarm's title if there are several. */
export function adviceOf(members: readonly Member[], began: Beginning): (readonly [string, string])[] {
  const said = (title: string, textOf: (member: Member) => string | undefined) =>
    members.flatMap((member) => {
      const text = textOf(member);
      if (text === undefined) return [];
      return [[title, members.length > 1 ? `${member.facts.title}: ${text}` : text] as const];
    });
  return [
    ...said('First', ({ facts }) => facts.first),
    ...said('Look', ({ facts }) => facts.look),
    ...said('Affected', ({ facts }) => facts.affects),
    ['Since', began.text],
    ...said('Measured', ({ change: { measured }, facts: { unit } }) =>
      measured === undefined || unit === ''
        ? undefined
        : `${inFigures(measured.value)} ${unit}, limit ${inFigures(measured.limit)}`,
    ),
  ];
}

const inFigures = (value: number): string =>
  Number(value.toPrecision(4)).toLocaleString('en', { maximumSignificantDigits: 4 });
