/**
 * The rules of revisions, in SQL. A correction stores a new row as the next revision of its key. At most one revision of a
 * key is live.
 */

/**
 * Whether the deleted row m may be restored. Only rows of corrected keys ask the function, so others cost nothing.
 * @param among SQL of the ids that the restoration selects; null if it selects all revisions of a key
 * @param aside SQL of the ids that it deletes itself
 */
export const mayReturn = (among: string, aside: string): string => `case
           when m.revision = 0 and m.superseded is not true then true
           else tick_store.revision_may_return(m.id, m.instrument_id, m.bar_length, m."timestamp", m.sequence, m.occurrence, m.deleted_by,
                                               ${among}, ${aside}) end`;

/** Whether a step, r, of the operation t made its rows live or deleted them. */
export const STEP_RESTORES = `coalesce(r.restores, t.kind = 'restoration')`;

/** The steps in which an operation made rows live: `affected, min_time, max_time`. */
export const stepsThatRestored = (operationId: string): string => `
           select r.affected, r.min_time, r.max_time
             from tick_store.operations t
             join tick_store.operation_rows r on r.operation_id = t.id and ${STEP_RESTORES}
            where t.id = ${operationId}::int8`;
