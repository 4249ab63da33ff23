import { array, type Statement } from '../../database/database.ts';
import { dayOf, STATE, unswept } from '../../rollups/sql/marks.ts';

/** The newest tick that was found of an instrument. */
export interface FoundTick {
  readonly instrument_id: number;
  readonly timestamp: string;
}

/**
 * Archived partitions that might hold a newer tick: they have had rows of these instruments, and end after the newest
 * tick found. The marks say which days had rows, because the archive itself is never read.
 * @param ids requested instruments, with `symbols`
 * @param found the ticks found; an instrument without a tick is left out
 */
export const findArchivedNewer = (
  ids: readonly number[],
  symbols: readonly string[],
  found: readonly FoundTick[],
): Statement => ({
  name: 'find-archived-newer',
  text: `
with ${STATE}, ${unswept('true')}
select distinct a.name
  from tick_store.instruments i
  left join unnest($3::int8[], $4::text[]) as newest (id, at) on newest.id = i.id
  join tick_store.archived_partitions a on a.parent = 'market_data' and (newest.at is null or a.ends > newest.at::timestamptz)
 where (i.id = any($1::int8[]) or i.symbol = any($2::text[]))
   and (not (select is_comparable from state)
        or exists (select from tick_store.rollup_days d
                    where d.instrument_id = i.id and d.day >= ${dayOf('a.starts')} and d.day < ${dayOf('a.ends')})
        or exists (select from unswept u
                    where u.instrument_id = i.id and u.day >= ${dayOf('a.starts')} and u.day < ${dayOf('a.ends')}))
 order by a.name
 limit 20`,
  values: [
    array('int8', ids),
    array('text', symbols),
    array(
      'int8',
      found.map((tick) => tick.instrument_id),
    ),
    array(
      'text',
      found.map(({ timestamp }) => timestamp),
    ),
  ],
});
