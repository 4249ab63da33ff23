import * as z from 'zod/mini';
import { ranges } from './batches.ts';
import { documented, forDocument, made } from './documented.ts';
import { id, timestamp } from './fields.ts';
import { cursor, integer, lookup, search } from './parameters.ts';

/** What changes of reference data are about, and the name of each in the history. */
export const CHANGE_TARGETS = { instruments: 'instruments', 'alert-rules': 'alert_rules' } as const;

const target = z.enum(['instruments', 'alert-rules'], 'must be instruments or alert-rules');

/** The query of the history of reference data. */
export const changeListQuery = z.strictObject({
  target: documented(z.optional(target), forDocument({ description: 'Changes of these only.' })),
  name: documented(
    z.optional(lookup(400)),
    forDocument({
      description: 'Changes of the instrument with this symbol, or the rule with this name.',
    }),
  ),
  search: documented(
    z.optional(search),
    forDocument({ description: 'Part of the name or of the caller, in any case.' }),
  ),
  limit: integer(1, 1000, 100),
  cursor: z.optional(cursor),
});
/** See `changeListQuery`. */
export type ChangeListQuery = z.output<typeof changeListQuery>;

/** One recorded change of an instrument or an alert rule. */
export const recordedChange = /* @__PURE__ */ made(() =>
  documented(
    z.object({
      operationId: id,
      kind: z.literal('change'),
      target,
      name: documented(z.string(), forDocument({ description: "The instrument's symbol, or the rule's name." })),
      actor: z.string(),
      at: timestamp,
      before: documented(
        z.nullable(z.record(z.string(), z.unknown())),
        forDocument({
          description: 'The values before; null if the change created it.',
        }),
      ),
      after: documented(z.record(z.string(), z.unknown()), forDocument({ description: 'The values after.' })),
    }),
    forDocument({ id: 'ReferenceChange' }),
  ),
);
/** See `recordedChange`. */
export type RecordedChange = z.output<typeof recordedChange>;

const count = z.int().check(z.minimum(0));

/** What became of the items of one request; `outcomes` are ranges of their places in it, from 0. */
export const changeCounts = /* @__PURE__ */ made(() =>
  documented(
    z.object({
      received: count,
      created: count,
      changed: count,
      unchanged: count,
      outcomes: z.object({ created: ranges, changed: ranges, unchanged: ranges }),
    }),
    forDocument({ id: 'ReferenceCounts' }),
  ),
);
