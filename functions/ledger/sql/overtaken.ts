/**
 * Operations draw their numbers when they begin, and change rows when they get their locks. If one finds rows that a
 * later number has changed, reads as of a number between the two would show a state that never existed. So it starts
 * again under a new number.
 */

/** The reason with which an overtaken operation aborts its transaction. */
export const OVERTAKEN = 'overtaken';

/** A text expression that aborts the transaction. */
export const REFUSE_OVERTAKEN = `tick_store.refuse('${OVERTAKEN}', '{}'::json)`;

/**
 * Whether an operation with a later number has changed some of these rows. Only operations with later numbers are read,
 * and there are hardly any.
 * @param target SQL of the table's name
 * @param number SQL of the own number
 * @param ids SQL of a multirange of ids
 */
export const isOvertakenSql = (target: string, number: string, ids: string): string => `exists (
           select from tick_store.operations l
             join tick_store.operation_rows lr on lr.operation_id = l.id
            where l.target = ${target} and l.number > ${number} and lr.affected && ${ids})`;
