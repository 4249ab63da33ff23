import * as z from 'zod/mini';
import { documented, forDocument, made } from './documented.ts';
import { id, timestamp } from './fields.ts';
import { tick } from './market-data.ts';
import { cursor, integer } from './parameters.ts';

/** The most operations that a revision is shown with: the last ones. */
export const MOST_OPERATIONS = 100;

/** What an operation did to a row: `stored` it as a new revision, deleted it, or restored it. */
export const EFFECTS = ['stored', 'deleted', 'restored'] as const;

/** The query parameters of a row's history, besides how prices are shown. */
export const historyParameters = {
  limit: documented(integer(1, 1000, 100), forDocument({ description: 'Revisions per page.' })),
  cursor: z.optional(cursor),
};

/** One revision of a row, with the operations that changed it. */
export const revision = /* @__PURE__ */ made(() =>
  documented(
    z.object({
      ...tick.shape,
      revision: documented(
        z.int().check(z.minimum(0)),
        forDocument({
          description: 'How often the row has been replaced before; 0 for the first revision.',
        }),
      ),
      operations: documented(
        z.array(
          z.object({
            operationId: id,
            kind: z.enum(['deletion', 'restoration', 'correction']),
            effect: documented(z.enum(EFFECTS), forDocument({ description: 'What it did to this revision.' })),
            reason: z.string(),
            actor: z.string(),
            at: timestamp,
          }),
        ),
        forDocument({ description: `What changed it, oldest first: the last ${MOST_OPERATIONS} operations.` }),
      ),
    }),
    forDocument({ id: 'Revision' }),
  ),
);
/** See `revision`. */
export type Revision = z.output<typeof revision>;
