import type { Row } from '../../database/database.ts';
import { bodySql } from './receipt-text.ts';

/**
 * The tail of a statement that settles a batch: from the rows of a CTE `verdicts (index, outcome)` to the receipt. Its
 * placeholders are those of `settlementValues`.
 */
export const OUTCOMES_OF_VERDICTS = `outcomes as (
  select count(*) filter (where outcome = 'duplicate') as duplicates,
         count(*) filter (where outcome = 'conflict') as conflicts,
         count(*) filter (where outcome = 'tombstoned') as tombstoned,
         coalesce(range_agg(int8range(index, index + 1)) filter (where outcome = 'duplicate'), '{}') as duplicate_ranges,
         coalesce(range_agg(int8range(index, index + 1)) filter (where outcome = 'conflict'), '{}') as conflict_ranges,
         coalesce(range_agg(int8range(index, index + 1)) filter (where outcome = 'tombstoned'), '{}') as tombstoned_ranges
    from verdicts
)`;

const left = (counted: string) => `tick_store.ranges_json(o.${counted}_ranges)`;

/** The receipt of a batch of which rows were left out, from `outcomes`, o. */
const BODY = bodySql({
  received: '$6::int4',
  counts: {
    inserted: '$3::int4 - o.duplicates - o.conflicts - o.tombstoned',
    duplicates: 'o.duplicates',
    conflicts: 'o.conflicts',
    tombstoned: 'o.tombstoned',
    rejected: '$7::int4',
  },
  ranges: {
    inserted:
      'tick_store.ranges_json($8::int8multirange - o.duplicate_ranges - o.conflict_ranges - o.tombstoned_ranges)',
    duplicates: left('duplicate'),
    conflicts: left('conflict'),
    tombstoned: left('tombstoned'),
    rejected: '$9::text',
  },
  rejections: '$10::text',
});

/**
 * Writes counts and receipt of the batch of a CTE `batch (block)`. Ends the transaction of an atomic batch with a conflict or a
 * rejection; the details are read afterwards, for an error's text goes to the server's log.
 */
export const WRITE_RECEIPT = `receipt as (
  select o.*,
         ${BODY} as body
    from outcomes o
)
update tick_store.ingest_batches b
   set inserted = $3::int4 - r.duplicates - r.conflicts - r.tombstoned,
       duplicates = r.duplicates,
       conflicts = r.conflicts,
       tombstoned = r.tombstoned,
       receipt = case when $11::boolean and r.conflicts + $7::int4 > 0
                      then tick_store.refuse('atomic_rejected', '{}'::json)
                      else r.body end
  from batch, receipt r
 where b.block = batch.block`;

/** The outcomes of rows that are stored already, as ranges of input indexes in JSON text. */
export interface RowOutcomes extends Row {
  readonly duplicates: string;
  readonly conflicts: string;
  readonly tombstoned: string;
}

/** Returns `RowOutcomes`. */
export const READ_OUTCOMES = `
select tick_store.ranges_json(duplicate_ranges) as duplicates,
       tick_store.ranges_json(conflict_ranges) as conflicts,
       tick_store.ranges_json(tombstoned_ranges) as tombstoned
  from outcomes`;
