import { apiRoleOf, type Role, rolesByTitle } from './column-roles.ts';
import type { Layout } from './detect-layout.ts';
import { isNullWord, isNumber, type NumberStyle, numberOf } from './detect-numbers.ts';
import { detectTime } from './detect-time.ts';
import { rolesByShape } from './headerless-roles.ts';
import { timeOfDayOf } from './time-candidates.ts';

/** The non-empty cells of one column. */
export const cellsOf = ({ rows }: Layout, index: number): string[] =>
  rows.map(({ cells }) => cells[index] ?? '').filter((cell) => cell !== '');

/**
 * Assigns columns to roles. A time is in `timestamp`, or in `date` and `time` if these are two columns.
 * @returns neither `timestamp` nor `date` if no column is a time
 */
export function assignColumns(layout: Layout, style: NumberStyle): Map<Role, number> {
  const titles = titlesOf(layout);
  if (titles === undefined) return byShape(layout, style);
  const columns = titles.map((title, index) => ({
    index,
    title,
    fits: (role: Role) => fits(layout, index, role, style),
  }));
  return settleTime(layout, rolesByTitle(columns));
}

/** The titles, one per cell. A `Date` that covers two cells becomes `Date` and `Time`. */
export function titlesOf({ titles, isAligned }: Layout): readonly string[] | undefined {
  if (titles === undefined || isAligned) return titles;
  const [first = '', ...rest] = titles;
  return [first, 'Time', ...rest];
}

function fits(layout: Layout, index: number, role: Role, style: NumberStyle): boolean {
  const cells = cellsOf(layout, index);
  if (role === 'symbol') return cells.length > 0;
  if (role === 'time') return timeOfDayOf(cells) !== undefined || detectTime(cells) !== undefined;
  if (role === 'timestamp' || role === 'date') return detectTime(cells) !== undefined;
  const numbers = cells.filter((cell) => isNumber(cell, style) || isNullWord(cell)).length;
  return numbers >= cells.length * 0.9;
}

/** Keeps either `timestamp`, or `date` and `time`. */
function settleTime(layout: Layout, found: ReadonlyMap<Role, number>): Map<Role, number> {
  const roles = new Map(found);
  const { timestamp, date, time } = Object.fromEntries(found) as Partial<Record<Role, number>>;
  roles.delete('date');
  roles.delete('time');
  if (timestamp !== undefined) return roles;
  if (date !== undefined && time !== undefined && isSplit(layout, date, time))
    return roles.set('date', date).set('time', time);
  const whole = [time, date].find((index) => index !== undefined && detectTime(cellsOf(layout, index)));
  const index = whole ?? firstTime(layout);
  return index === undefined ? roles : roles.set('timestamp', index);
}

const isSplit = (layout: Layout, date: number, time: number): boolean =>
  detectTime(cellsOf(layout, date))?.hasTimeOfDay === false && timeOfDayOf(cellsOf(layout, time)) !== undefined;

function firstTime(layout: Layout): number | undefined {
  for (let index = 0; index < layout.width; index++) if (detectTime(cellsOf(layout, index)) !== undefined) return index;
  return undefined;
}

function byShape(layout: Layout, style: NumberStyle): Map<Role, number> {
  const time = firstTime(layout);
  if (time === undefined) return new Map();
  const split = isSplit(layout, time, time + 1);
  const columns = Array.from({ length: layout.width }, (_, index) => numbersOf(layout, index, style));
  const roles = rolesByShape(columns, split ? time + 1 : time);
  return split ? roles.set('date', time).set('time', time + 1) : roles.set('timestamp', time);
}

function numbersOf(layout: Layout, index: number, style: NumberStyle): (number | null)[] | undefined {
  const numbers = layout.rows.map(({ cells }) => {
    const cell = cells[index] ?? '';
    return cell === '' || isNullWord(cell) ? null : numberOf(cell, style);
  });
  return numbers.every((one): one is number | null => one !== undefined) ? numbers : undefined;
}

/**
 * The `columns` parameter for the assignment. It is omitted if the API reads the titles the same way by itself. It
 * names columns by title if the titles are unique, otherwise by position, with `header=false` and the title line
 * skipped.
 */
export function columnParameters(
  layout: Layout,
  roles: ReadonlyMap<Role, number>,
): { columns?: string; header?: 'false'; ignoreUnknown?: 'true'; skipTitles: boolean } {
  if (roles.size === 0) return { skipTitles: false };
  const titles = titlesOf(layout);
  if (titles === undefined || !layout.isAligned || !areUsable(titles, roles))
    return { header: 'false', columns: byPlace(layout, roles), skipTitles: titles !== undefined };
  const chosen = new Set(roles.values());
  const others = titles.filter((_, index) => !chosen.has(index));
  const ignores = others.length > 0 ? { ignoreUnknown: 'true' as const } : {};
  const isPlain = [...roles].every(([role, index]) => isReadAs(titles[index] ?? '', role, roles));
  if (isPlain && !others.some((title) => apiRoleOf(title) !== undefined)) return { ...ignores, skipTitles: false };
  return { columns: byTitle(titles, roles), ...ignores, skipTitles: false };
}

/** Whether titles can be used in `columns`: each occurs once, without the characters that `columns` uses itself. */
const areUsable = (titles: readonly string[], roles: ReadonlyMap<Role, number>): boolean =>
  [...roles.values()].every((index) => {
    const title = titles[index] ?? '';
    return title !== '' && !/[,=|]/.test(title) && titles.filter((other) => other === title).length === 1;
  });

/** The API reads a lone `date` or `time` column as a complete time. */
function isReadAs(title: string, role: Role, roles: ReadonlyMap<Role, number>): boolean {
  const read = apiRoleOf(title);
  return read === role || (role === 'timestamp' && !roles.has('date') && (read === 'date' || read === 'time'));
}

/** The usual order of a tick's fields; `time` follows its `date`. */
const ORDER: readonly Role[] = [
  ...([
    'timestamp',
    'date',
    'symbol',
    'instrumentId',
    'openPrice',
    'highPrice',
    'lowPrice',
    'price',
    'volume',
  ] as const),
  ...(['bid', 'ask', 'bidSize', 'askSize', 'sequence'] as const),
];

function byTitle(titles: readonly string[], roles: ReadonlyMap<Role, number>): string {
  const title = (role: Role) => titles[roles.get(role) ?? -1] ?? '';
  return ORDER.filter((role) => roles.has(role))
    .map((role) => (role === 'date' ? `timestamp=${title('date')}|${title('time')}` : `${role}=${title(role)}`))
    .join(',');
}

function byPlace({ width }: Layout, roles: ReadonlyMap<Role, number>): string {
  const fields = Array.from({ length: width }, () => '-');
  for (const [role, index] of roles) fields[index] = role;
  return fields.join(',');
}
