/**
 * Operations draw their numbers when they begin, and change rows when they get their locks. One that finds rows changed by a later
 * number would make reads as of a number between the two say what never was, so it begins again under a new number.
 */

/** The reason with which an operation that was overtaken ends its transaction. */
export const OVERTAKEN = 'overtaken';

/** Ends the transaction, where a text would stand. */
export const REFUSE_OVERTAKEN = `tick_store.refuse('${OVERTAKEN}', '{}'::json)`;

/**
 * Whether an operation with a later number has changed some of these rows. Only such operations are looked at, and there are hardly any.
 * @param target SQL of the table's name
 * @param number SQL of the own number
 * @param ids SQL of a multirange of ids
 */
export const isOvertakenSql = (target: string, number: string, ids: string): string => `exists (
           select from tick_store.operations l
             join tick_store.operation_rows lr on lr.operation_id = l.id
            where l.target = ${target} and l.number > ${number} and lr.affected && ${ids})`;
