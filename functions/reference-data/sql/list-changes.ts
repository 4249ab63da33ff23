import type { Row, Statement } from '../../database/database.ts';

/** A recorded change. */
export interface ChangeRow extends Row {
  readonly id: number;
  readonly target: 'instruments' | 'alert_rules';
  readonly subject: string;
  readonly actor: string;
  readonly at: string;
  /** JSON text; null if the change has created the thing. */
  readonly before: string | null;
  /** JSON text. */
  readonly after: string;
}

const COLUMNS = 'id, target, subject, actor, at, before::text as before, after::text as after';

/** The filter of a list of changes; null matches any. */
export interface ChangeQuery {
  readonly target: ChangeRow['target'] | null;
  /** The symbol or the name. */
  readonly subject: string | null;
  /** A part of the name or of the caller, in any case. */
  readonly search: string | null;
  /** The last id of the previous page. */
  readonly before: number | null;
  readonly limit: number;
}

/** Changes of reference data, newest first. */
export const listChanges = ({ target, subject, search, before, limit }: ChangeQuery): Statement => ({
  name: 'list-changes',
  text: `
select ${COLUMNS}
  from tick_store.operations
 where kind = 'change' and target in ('instruments', 'alert_rules')
   and ($1::text is null or target = $1::text)
   and ($2::text is null or subject = $2::text)
   and ($3::int8 is null or id < $3::int8)
   and ($5::text is null or strpos(lower(subject), lower($5::text)) > 0 or strpos(lower(actor), lower($5::text)) > 0)
 order by id desc
 limit $4::int4`,
  values: [target, subject, before, limit, search],
  expected: { rows: limit, rowBytes: 1500 },
});

/** One change by its id. */
export const findChange = (id: number): Statement => ({
  name: 'find-change',
  text: `
select ${COLUMNS}
  from tick_store.operations
 where kind = 'change' and id = $1::int8`,
  values: [id],
});
