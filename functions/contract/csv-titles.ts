import type { Field } from './fields.ts';

/** What a CSV column can be besides a record's own fields. `date` and `time` are the two parts of a timestamp, or all of it. */
export type ColumnRole = 'timestamp' | 'date' | 'time' | 'instrumentId' | 'symbol';

/** The titles of those, besides their names. Titles of fields are `csvNames` in the record's schema. */
const ROLE_TITLES: Record<ColumnRole, readonly string[]> = {
  timestamp: ['datetime', 't', 'ts', 'ts_event', 'open_time', 'gmt time'],
  date: [],
  time: [],
  instrumentId: [],
  symbol: ['ticker'],
};

/** A title as titles are compared: without case, spaces, underscores, angle brackets and a byte order mark. */
export const normalTitle = (title: string): string => title.replace(/[\s_<>\uFEFF]/g, '').toLowerCase();

/** Which field each title names, by normal title: the one table of titles. */
export function titleTable(fields: readonly Field[]): ReadonlyMap<string, string> {
  const table = new Map<string, string>();
  const add = (name: string, titles: readonly string[]) => {
    for (const title of [name, ...titles]) table.set(normalTitle(title), name);
  };
  for (const [role, titles] of Object.entries(ROLE_TITLES)) add(role, titles);
  for (const { name, column, csvNames = [] } of fields) add(name, [column, ...csvNames]);
  return table;
}
