import { titlesOf } from './assign-columns.ts';
import type { Role } from './column-roles.ts';
import type { Layout } from './detect-layout.ts';

/**
 * Assigns columns as a given `columns` parameter specifies: `field=Title` pairs, or with `header=false` the fields in
 * order. A title that does not exist is skipped, because the store reports it.
 */
export function rolesFromColumns(layout: Layout, columns: string, header: string | undefined): Map<Role, number> {
  // if titles are named, the first row contains titles, whatever it looks like
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
