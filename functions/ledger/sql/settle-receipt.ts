import type { Row } from '../../database/database.ts';
import { bodySql } from './receipt-text.ts';

/** The columns of `outcomes` that count each verdict. */
const NAMES: Readonly<Record<string, string>> = {
  replaced: 'replaced',
  duplicate: 'duplicates',
  conflict: 'conflicts',
  tombstoned: 'tombstoned',
};

/**
 * The tail of a statement that settles a batch: from the rows of a CTE `verdicts (index, outcome)` to the receipt. Its
 * placeholders are those of `settlementValues`.
 */
export const OUTCOMES_OF_VERDICTS: string = outcomesOf(['duplicate', 'conflict', 'tombstoned']);

/** The same for a batch that may replace rows. */
export const OUTCOMES_OF_REPLACING: string = outcomesOf(['replaced', 'duplicate', 'conflict', 'tombstoned']);

function outcomesOf(verdicts: readonly string[]): string {
  const counts = verdicts.map((verdict) => `count(*) filter (where outcome = '${verdict}') as ${NAMES[verdict]}`);
  const ranges = verdicts.map(
    (verdict) =>
      `coalesce(range_agg(int8range(index, index + 1)) filter (where outcome = '${verdict}'), '{}') as ${verdict}_ranges`,
  );
  return `outcomes as (
  select ${[...counts, ...ranges].join(',\n         ')}
    from verdicts
)`;
}

const left = (counted: string) => `tick_store.ranges_json(o.${counted}_ranges)`;

const NOT_INSERTED = 'o.duplicates - o.conflicts - o.tombstoned';
const NOT_INSERTED_RANGES = 'o.duplicate_ranges - o.conflict_ranges - o.tombstoned_ranges';

/** The receipt of a batch some of whose rows were left out, from `outcomes`, o. */
const body = (replacing: boolean) =>
  bodySql({
    received: '$6::int4',
    counts: {
      inserted: `$3::int4 - ${NOT_INSERTED}${replacing ? ' - o.replaced' : ''}`,
      ...(replacing ? { replaced: 'o.replaced' } : {}),
      duplicates: 'o.duplicates',
      conflicts: 'o.conflicts',
      tombstoned: 'o.tombstoned',
      rejected: '$7::int4',
    },
    ranges: {
      inserted: `tick_store.ranges_json($8::int8multirange - ${NOT_INSERTED_RANGES}${replacing ? ' - o.replaced_ranges' : ''})`,
      ...(replacing ? { replaced: left('replaced') } : {}),
      duplicates: left('duplicate'),
      conflicts: left('conflict'),
      tombstoned: left('tombstoned'),
      rejected: '$9::text',
    },
    rejections: '$10::text',
    ...(replacing ? { operationId: `coalesce((select id::text from operation), 'null')` } : {}),
  });

/**
 * Writes counts and receipt of the batch of a CTE `batch (block)`. Aborts the transaction of an atomic batch with a
 * conflict or a rejection. The details are read afterwards, because an error's text goes to the server's log.
 */
const writeReceipt = (replacing: boolean) => `receipt as (
  select o.*,
         ${body(replacing)} as body
    from outcomes o
)
update tick_store.ingest_batches b
   set inserted = $3::int4 - r.duplicates - r.conflicts - r.tombstoned${replacing ? ' - r.replaced' : ''},${
     replacing ? '\n       replaced = r.replaced,\n       operation_id = (select id from operation),' : ''
   }
       duplicates = r.duplicates,
       conflicts = r.conflicts,
       tombstoned = r.tombstoned,
       receipt = case when $11::boolean and r.conflicts + $7::int4 > 0
                      then tick_store.refuse('atomic_rejected', '{}'::json)
                      else r.body end
  from batch, receipt r
 where b.block = batch.block`;
export const WRITE_RECEIPT: string = writeReceipt(false);

/** The same for a batch that may replace rows. The operation comes from a CTE `operation (id)`. */
export const WRITE_REPLACING_RECEIPT: string = writeReceipt(true);

/** The outcomes of rows that are stored already, as ranges of input indexes in JSON text. */
export interface RowOutcomes extends Row {
  readonly duplicates: string;
  readonly conflicts: string;
  readonly tombstoned: string;
  /** Present if the batch may replace rows. */
  readonly replaced?: string;
}

const readOutcomes = (replacing: boolean) => `
select tick_store.ranges_json(duplicate_ranges) as duplicates,
       tick_store.ranges_json(conflict_ranges) as conflicts,
       tick_store.ranges_json(tombstoned_ranges) as tombstoned${
         replacing ? ',\n       tick_store.ranges_json(replaced_ranges) as replaced' : ''
       }
  from outcomes`;

/** Returns `RowOutcomes`. */
export const READ_OUTCOMES: string = readOutcomes(false);

/** The same if rows may be replaced. */
export const READ_REPLACING_OUTCOMES: string = readOutcomes(true);
