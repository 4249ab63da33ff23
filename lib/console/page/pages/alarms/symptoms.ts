/** The parts of a runbook section that are used here. */
export interface Section {
  readonly title: string;
  readonly meaning: string;
  readonly first: string;
  readonly markdown: string;
}

/** The sections of the runbook by their anchors. */
export type Sections = ReadonlyMap<string, Section>;

/** The anchor that an alarm's description links to: `… Runbook: docs/runbook.md#database-unreachable`. */
export const anchorOf = (description: string): string => /Runbook: \S*#(\S+)/.exec(description)?.[1] ?? '';

/** The row of a section in the runbook's table of symptoms. */
export interface Symptom {
  readonly family: string;
  /** Who is affected. */
  readonly affects: string;
}

const ROW = /^\| \[[^\]]+\]\(#([^)]+)\) \| ([^|]+) \| ([^|]+) \|/;

/** The runbook's table of symptoms, by section; empty if it has none. */
export function readSymptoms(runbook: Sections): ReadonlyMap<string, Symptom> {
  const lines = runbook.get('symptoms')?.markdown.split('\n') ?? [];
  return new Map(
    lines.flatMap((line) => {
      const [, section, family = '', affects = ''] = ROW.exec(line) ?? [];
      return section === undefined ? [] : [[section, { family: family.trim(), affects: affects.trim() }] as const];
    }),
  );
}
