import { titlesOf } from './assign-columns.ts';
import type { Role } from './column-roles.ts';
import type { Layout } from './detect-layout.ts';

/**
 * Which column holds what, as a given `columns` says: `field=Title` pairs, or with `header=false` the fields in order. A
 * title that is not there is left out: the store says so.
 */
export function rolesFromColumns(layout: Layout, columns: string, header: string | undefined): Map<Role, number> {
  // where titles are named, the first row is titles, whatever it looks like
  const titles = titlesOf(layout) ?? (columns.includes('=') ? layout.rows[0]?.cells : undefined);
  const items = columns.split(',');
  const roles = new Map<Role, number>();
  if (header === 'false' || titles === undefined) {
    items.forEach((field, index) => {
      if (field !== '-' && field !== '') roles.set(field as Role, index);
    });
    return roles;
  }
  for (const item of items) {
    const [field = '', title = ''] = item.split(/=(.*)/);
    const places = title.split('|').map((one) => titles.indexOf(one));
    if (places.includes(-1)) continue;
    const [first = 0, second] = places;
    if (second === undefined) roles.set(field as Role, first);
    else roles.set('date', first).set('time', second);
  }
  return roles;
}
