/**
 * The rules of revisions, in SQL: a correction stores a row anew under the next revision of its key, and at most one revision of
 * a key is live.
 */

/**
 * Whether the deleted row m may be restored. Only rows of corrected keys ask the function, so others cost nothing.
 * @param among SQL of the ids that the restoration selects; null where it selects all revisions of a key
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

/** The most operations that `alsoDeletedBy` names. */
const MOST_NAMED = 1000;

/**
 * JSON text of the later deletions that had found rows of an undone operation deleted already, or that deleted the revision which
 * a correction had put in place of one.
 * @param undone SQL of the undone operation's id
 * @param affected SQL of the ids that the undo changes
 */
export const alsoDeletedBy = (undone: string, affected: string): string => `(
           select coalesce(json_agg(later.id order by later.id), '[]')::text
             from (select distinct l.id
                     from (select t.target, t.number, t.id,
                                  coalesce(range_agg(r.affected) filter (where not ${STEP_RESTORES}), '{}') * ${affected} as restored,
                                  coalesce(range_agg(r.affected) filter (where ${STEP_RESTORES}), '{}') - ${affected} as replaced
                             from tick_store.operations t
                             join tick_store.operation_rows r on r.operation_id = t.id
                            where t.id = ${undone}
                            group by t.id) u
                     join tick_store.operations l on l.target = u.target and (l.number, l.id) > (u.number, u.id) and l.kind = 'deletion'
                     join tick_store.operation_rows lr on lr.operation_id = l.id and lr.restores is not true
                    where not isempty(u.restored) and ((lr.found - lr.affected) && u.restored or lr.affected && u.replaced)
                    order by l.id
                    limit ${MOST_NAMED}) later)`;
