import { entityTag, matchesTag, type Preconditions } from '../contract/preconditions.ts';
import { Problem } from '../contract/problem.ts';
import type { CallOptions, Database } from '../database/database.ts';
import { isRefused } from '../database/errors.ts';
import { toRanges } from '../ledger/id-ranges.ts';
import type { ChangeAuthor, OutcomesRow, ReferenceRow, ReferenceTable } from './sql/reference-table.ts';

/** The author of a change, and its conditions. */
export interface ChangeRequest {
  readonly actor: string;
  readonly invocationId: string;
  readonly preconditions: Preconditions;
  readonly options: CallOptions;
}

/** The author of a change, and the id of the new state. */
const changeOf = ({ actor, invocationId }: ChangeRequest): ChangeAuthor => ({ actor, version: invocationId });

/**
 * Creates or changes one row in one transaction, if its state meets the conditions of the request. If our own retry finds that
 * the first attempt has committed, the stored state is the one that this request made, and the retry succeeds.
 * @returns the current row; undefined if there is none and the request does not create one
 * @throws Problem precondition_failed, name_differs_in_case
 */
export async function applyChange<Item, R extends ReferenceRow>(
  database: Database,
  table: ReferenceTable<Item>,
  item: Item,
  request: ChangeRequest,
  creates: boolean,
): Promise<R | undefined> {
  const change = changeOf(request);
  const { ifMatch, ifNoneMatch } = request.preconditions;
  const versions = ifMatch === undefined || ifMatch === '*' ? null : ifMatch;
  const name = table.nameOf(item);
  const statements = [
    ...(creates && ifMatch === undefined ? [table.insert([item], change)] : []),
    table.lock([name]),
    ...(ifNoneMatch === '*' ? [] : [table.update([item], change, versions)]),
    table.find(name),
  ];
  const row = (await database.transaction(statements, request.options)).at(-1)?.[0] as R | undefined;
  if (row === undefined) {
    if (!creates) return undefined;
    throw ifMatch === undefined
      ? differsInCase()
      : new Problem('precondition_failed', 'If-Match: nothing has this name');
  }
  if (row.version === change.version) return row;
  if (ifNoneMatch === '*') throw failed('If-None-Match: this exists already', row);
  if (ifMatch !== undefined && !matchesTag(ifMatch, row.version))
    throw failed('If-Match: this has changed since; read it again', row);
  return row;
}

/** The response to a failed condition has the current state's ETag. */
const failed = (detail: string, { version }: ReferenceRow): Problem =>
  new Problem('precondition_failed', detail, { headers: { ETag: entityTag(version) } });

/** The outcomes of the items of one request, by position. */
export interface ChangeCounts {
  readonly received: number;
  readonly created: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly outcomes: Readonly<Record<'created' | 'changed' | 'unchanged', [from: number, to: number][]>>;
}

/** If an item is neither created nor found, its name exists in another case. */
const differsInCase = (cause?: unknown): Problem =>
  new Problem('name_differs_in_case', 'an instrument with this symbol in different case exists; nothing was changed', {
    cause,
  });

/**
 * Creates or changes many in one transaction, all or none.
 * @throws Problem name_differs_in_case
 */
export async function applyChanges<Item>(
  database: Database,
  table: ReferenceTable<Item>,
  items: readonly Item[],
  request: ChangeRequest,
): Promise<ChangeCounts> {
  const change = changeOf(request);
  const names = items.map(table.nameOf);
  const statements = [
    table.insert(items, change),
    table.lock(names),
    table.update(items, change, null),
    table.outcomes(names, change),
  ];
  const results = await database.transaction(statements, request.options).catch((error: unknown) => {
    throw isRefused(error) ? differsInCase(error) : error;
  });
  const [row] = results.at(-1) as [OutcomesRow];
  const placesOf = (letter: string) => [...row.outcomes].flatMap((one, place) => (one === letter ? [place] : []));
  const [created, changed, unchanged] = [placesOf('c'), placesOf('u'), placesOf('-')];
  return {
    ...{ received: items.length, created: created.length, changed: changed.length, unchanged: unchanged.length },
    outcomes: { created: toRanges(created), changed: toRanges(changed), unchanged: toRanges(unchanged) },
  };
}

/** The positions of items whose name occurs earlier in the list. */
export function repeatedPlaces(names: readonly string[]): number[] {
  const seen = new Set<string>();
  return names.flatMap((name, place) => (seen.size === seen.add(name).size ? [place] : []));
}
