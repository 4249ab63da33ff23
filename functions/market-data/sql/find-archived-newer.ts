import { array, type Statement } from '../../database/database.ts';
import { dayOf, STATE, unswept } from '../../rollups/sql/marks.ts';

/** The newest tick that was found of an instrument. */
export interface FoundTick {
  readonly instrument_id: number;
  readonly timestamp: string;
}

/**
 * Archived partitions with days of rows of these instruments, that end after the newest tick found: what they hold might be newer.
 * Which days had rows is known from the marks, because nobody reads the archive.
 * @param ids requested instruments, with `symbols`
 * @param found what was found of them; an instrument without a tick is left out
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
