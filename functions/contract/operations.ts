import * as z from 'zod/mini';
import { bars, idRange, type Range, ranges } from './batches.ts';
import { type Documentation, documented, forDocument, made } from './documented.ts';
import { id, reason, timestamp } from './fields.ts';
import { endTime, inOrder, instrumentBody, NOT_BOTH, NOT_IN_ORDER, notBoth, time } from './parameters.ts';

/** The most ids that one request may name. */
export const MAX_IDS = 50_000;
/**
 * The most rows that one transaction changes, and that a response lists: it then fits Lambda's 6 MB even if no two ids are
 * consecutive. An operation of more runs in steps.
 */
export const MAX_OPERATION_ROWS = 131_072;
/** Ids per statement unless the caller sets `batchSize`: the original's number. */
export const DEFAULT_OPERATION_BATCH_SIZE = 500;

const filter = documented(
  z.strictObject({ ...instrumentBody, bars, start: time, end: endTime }).check(
    z.refine((value) => value.instrumentId !== undefined || value.symbol !== undefined, 'needs instrumentId or symbol'),
    z.refine(notBoth, NOT_BOTH),
    z.refine(inOrder, NOT_IN_ORDER),
  ),
  forDocument({ id: 'OperationFilter', description: 'One instrument from start to end, both inclusive.' }),
);

const options = {
  reason: documented(
    reason,
    forDocument({ description: 'Why the rows change. Kept in the history.', example: 'duplicate feed' }),
  ),
  dryRun: documented(
    z._default(z.boolean(), false),
    forDocument({ description: 'Return what would change, and change nothing.' }),
  ),
  expectedCount: documented(
    z.optional(z.int().check(z.minimum(0))),
    forDocument({
      description: 'Change nothing and respond with 409 if a different number of rows would change.',
    }),
  ),
  batchSize: documented(
    z._default(z.int().check(z.minimum(1), z.maximum(MAX_IDS)), DEFAULT_OPERATION_BATCH_SIZE),
    forDocument({
      description: 'Ids per statement. Raised if the operation would otherwise take more than 100 statements.',
    }),
  ),
};

/** How many ids an item of `ids` names. */
const sizeOf = (item: number | Range) => (typeof item === 'number' ? 1 : item[1] - item[0] + 1);

/** Ids one by one or as ranges, as responses have them; becomes the ids. They are counted before a range is expanded. */
const idList = documented(
  z.pipe(
    z.array(z.union([id, idRange], 'must be an id or a range [from, to] of ids')).check(z.maxLength(MAX_IDS)),
    z.transform((items, context) => {
      const backwards = items.findIndex((item) => sizeOf(item) < 1);
      if (backwards >= 0) {
        context.issues.push({
          code: 'custom',
          input: items,
          message: 'must not end before it starts',
          path: [backwards],
        });
        return z.NEVER;
      }
      const named = items.reduce<number>((sum, item) => sum + sizeOf(item), 0);
      if (named > MAX_IDS) {
        context.issues.push({
          code: 'custom',
          input: items,
          message: `must name at most ${MAX_IDS} ids, but names ${named}`,
        });
        return z.NEVER;
      }
      return items.flatMap((item) =>
        typeof item === 'number' ? item : Array.from({ length: sizeOf(item) }, (_, offset) => item[0] + offset),
      );
    }),
  ),
  forDocument({
    description: `Ids, or ranges \`[from, to]\` of ids as responses have them, both ends included. At most ${MAX_IDS.toLocaleString('en')} ids in all.`,
  }),
);

const selectors = { ids: z.optional(idList), batchId: z.optional(id), filter: z.optional(filter) };

const exactlyOne = (names: readonly string[]) => ({
  check: (value: Record<string, unknown>) => names.filter((name) => value[name] !== undefined).length === 1,
  message: `give exactly one of ${names.join(', ')}`,
});

const SELECTORS = exactlyOne(['ids', 'operationId', 'batchId', 'filter']);

/** Exactly one selector, and a reason. @param takesBack what naming another operation does */
const changeRequest = (takesBack: string, documentation: Documentation) =>
  documented(
    z
      .strictObject({
        ...selectors,
        operationId: documented(z.optional(id), forDocument({ description: takesBack })),
        ...options,
      })
      .check(z.refine(SELECTORS.check, SELECTORS.message)),
    forDocument(documentation),
  );

/** The body of a deletion. */
export const deletionRequest = /* @__PURE__ */ made(() =>
  changeRequest(
    'Redo: the rows that this restoration restored are deleted again. To redo a correction, the corrected rows are restored as well.',
    { id: 'DeletionRequest', example: { ids: [2752512, 2752513], reason: 'duplicate feed' } },
  ),
);
/** See `deletionRequest`. */
export type DeletionRequest = z.output<typeof deletionRequest>;

/** The body of a restoration. */
export const restorationRequest = /* @__PURE__ */ made(() =>
  changeRequest(
    'Undo: exactly the rows that this deletion deleted and that have not been restored since. To undo a correction, its new rows are deleted as well.',
    { id: 'RestorationRequest', example: { operationId: 7, reason: 'the feed was right' } },
  ),
);
/** See `restorationRequest`. */
export type RestorationRequest = z.output<typeof restorationRequest>;

const count = z.int().check(z.minimum(0));
const LARGE = MAX_OPERATION_ROWS.toLocaleString('en');
const inSteps = (what: string) => ({
  description: `${what} Only for an operation in steps, on more than ${LARGE} rows.`,
});

/** One deletion, restoration or correction: who, why, when, and which rows. */
export const operation = /* @__PURE__ */ made(() =>
  documented(
    z.object({
      operationId: documented(z.nullable(id), forDocument({ description: 'Null for a dry run.' })),
      kind: z.enum(['deletion', 'restoration', 'correction']),
      reason: z.string(),
      actor: z.string(),
      at: timestamp,
      dryRun: z.boolean(),
      requested: count,
      affected: count,
      unchanged: documented(
        count,
        forDocument({
          description:
            'Found, but already in the requested state, or a revision of a corrected row that cannot be restored while another one is live.',
        }),
      ),
      notFound: count,
      ids: documented(
        z.optional(z.object({ affected: ranges, unchanged: ranges, notFound: ranges })),
        forDocument({
          description: `Omitted for more than ${LARGE} rows.`,
        }),
      ),
      status: documented(
        z.optional(z.enum(['running', 'done', 'failed'])),
        forDocument(inSteps('How far it is. `affected` and `unchanged` count what is done so far.')),
      ),
      rowsDone: documented(z.optional(count), forDocument(inSteps('Rows of its set that it has taken.'))),
      rowsToDo: documented(
        z.optional(z.nullable(count)),
        forDocument(inSteps('Rows of its set that it has yet to take. Null while they are counted.')),
      ),
      finishedAt: documented(
        z.optional(z.nullable(timestamp)),
        forDocument(inSteps('When it ended. Null while it runs.')),
      ),
      failure: documented(
        z.optional(z.nullable(z.string())),
        forDocument(inSteps('Why it could not go on. What it had changed stays changed. Null unless it failed.')),
      ),
      alsoDeletedBy: documented(
        z.optional(z.array(id)),
        forDocument({
          description:
            'Only for an undo: the ids of later deletions that found some of its rows already deleted, oldest first, at most 1,000. Those rows are live again too. For an undo in steps, those of its steps so far.',
        }),
      ),
      batchId: documented(
        z.optional(id),
        forDocument({ description: 'Only for a correction: the batch whose rows replaced others.' }),
      ),
      stored: documented(
        z.optional(ranges),
        forDocument({
          description: 'Only for a correction: ids of the rows that it stored in their place.',
        }),
      ),
    }),
    forDocument({ id: 'Operation' }),
  ),
);
/** See `operation`. */
export type Operation = z.output<typeof operation>;
