import * as z from 'zod/mini';
import { bars, MAX_RECORDS } from './batches.ts';
import { csvParameters, DIALECT_RULES, type Dialect, timeParameters } from './dialect.ts';
import { documented, forDocument } from './documented.ts';
import { reason } from './fields.ts';
import { flag, instrumentQuery, integer, NOT_BOTH, notBoth } from './parameters.ts';

/** Rows per statement unless the caller sets `batchSize`: the original's number. */
export const DEFAULT_INGEST_BATCH_SIZE = 1000;

const ingestOptions = {
  ...instrumentQuery,
  atomic: documented(flag, forDocument({ description: 'Write nothing if any record is rejected or conflicts.' })),
  batchSize: documented(
    integer(1, MAX_RECORDS, DEFAULT_INGEST_BATCH_SIZE),
    forDocument({
      description:
        'Rows per statement. Raised if the batch would otherwise take more than 250 statements. The batch is one transaction in any case.',
    }),
  ),
  createInstruments: documented(
    flag,
    forDocument({
      description: 'Create the instruments that accepted records name and that do not exist, in the same transaction.',
    }),
  ),
  ...timeParameters,
  ...csvParameters,
};

/** Adds the rules of dialects to a query. */
const withDialectRules = <S extends z.ZodMiniType<Dialect>>(query: S): S =>
  DIALECT_RULES.reduce(
    (checked, [check, message, path]) => checked.check(z.refine<Dialect>(check, { message, path: [path] })),
    query,
  );

/** The query parameters of an ingest of market data. */
export const ingestQuery = withDialectRules(
  z
    .strictObject({
      ...ingestOptions,
      bars: documented(
        bars,
        forDocument({
          description:
            'The records are bars of this length. Their key is (instrument, timestamp, length), and a `sequence` is part of neither key nor values. If omitted, the records are ticks.',
        }),
      ),
      sequenceOf: documented(
        z._default(z.enum(['tick', 'packet']), 'tick'),
        forDocument({
          description:
            'What the feed numbers. With `packet`, several records may share a sequence, and all are stored. Per key and values, the store holds as many rows as the batch that sent most of them.',
        }),
      ),
      onConflict: documented(
        z._default(z.enum(['keep', 'replace']), 'keep'),
        forDocument({
          description:
            'What happens to a record whose key (sequence, or `bars`) is stored with other values, or deleted. `keep` keeps the stored row. `replace` stores the record as the next revision of the row, by an operation of kind `correction`.',
        }),
      ),
      reason: documented(
        z.optional(reason),
        forDocument({
          description: 'Why stored rows are replaced. Required with `onConflict=replace`.',
          example: 'bad print',
        }),
      ),
    })
    .check(
      z.refine(notBoth, NOT_BOTH),
      z.refine((query) => query.bars === undefined || query.sequenceOf === 'tick', {
        message: 'bars have no packets',
        path: ['sequenceOf'],
      }),
      z.refine((query) => query.onConflict === 'keep' || query.sequenceOf === 'tick', {
        message: 'rows of packets cannot be replaced: delete them by their ids',
        path: ['onConflict'],
      }),
      z.refine((query) => query.onConflict === 'keep' || query.reason !== undefined, {
        message: 'is required with onConflict=replace',
        path: ['reason'],
      }),
      z.refine((query) => query.onConflict === 'replace' || query.reason === undefined, {
        message: 'goes with onConflict=replace',
        path: ['reason'],
      }),
    ),
);

/** The query parameters of an ingest of alert logs. */
export const alertLogIngestQuery = withDialectRules(z.strictObject(ingestOptions).check(z.refine(notBoth, NOT_BOTH)));

/** The parameters of an ingest, of either kind. */
export type IngestQuery = z.output<typeof alertLogIngestQuery> & Partial<z.output<typeof ingestQuery>>;
