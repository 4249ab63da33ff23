import { afterAll, beforeAll, expect, test } from 'vitest';
import { everyStatement } from '../../bin/sql/every-statement.ts';
import { pasteable } from '../../bin/sql/paste-statement.ts';
import type { Statement } from '../../functions/database/database.ts';
import { turnOf } from '../../functions/operations/turn-of.ts';
import { correctionsOf } from '../support/corrections.ts';
import { waiting, whileRowsBecome } from '../support/locks.ts';
import { withClient } from '../support/postgres.ts';
import { newInstrument, remove, restore, store } from '../support/records.ts';
import { type Reply, startService, type TestService } from '../support/service.ts';
import { ticks } from '../support/ticks.ts';

/**
 * Changes of rows of several months that wait for another change. PostgreSQL 18 (18.0 to 18.4 tried) checks a row again that
 * another transaction has changed, and reuses what run-time partition pruning left behind. It then loses rows, or ends in a
 * segmentation fault. So changes of one instrument take turns.
 */

let service: TestService;

const MONTHS = ['2026-09-02T14:30:00Z', '2026-10-02T14:30:00Z', '2026-11-02T14:30:00Z'];

/** With this many rows in a month, PostgreSQL looks up the rows of each batch by an index, and prunes partitions per batch. */
const FILLING = `
insert into tick_store.market_data (id, "timestamp", instrument_id, price)
select 1000 * 65536 + i, timestamptz '2026-09-01' + i * interval '3 minutes', 1, 1 from generate_series(0, 42000) i`;

beforeAll(async () => {
  service = await startService();
  await withClient(service.database.superuserUrl, async (client) => {
    await client.query(`select tick_store.ensure_partitions('market_data', $1::timestamptz[])`, [MONTHS]);
    await client.query(FILLING);
    await client.query('analyze tick_store.market_data');
  });
});
afterAll(() => service.stop());

const { replace } = correctionsOf(() => service);

const PER_MONTH = 3;
const ROWS = MONTHS.length * PER_MONTH;

/** A batch of three ticks in each of three months. */
async function newMonths(): Promise<{ symbol: string; rows: object[]; ids: number[] }> {
  const symbol = await newInstrument(service);
  const batches = MONTHS.map((start, month) =>
    ticks(PER_MONTH, { symbol }, start).map((row, index) => ({ ...row, sequence: month * PER_MONTH + index })),
  );
  const ids: number[] = [];
  for (const batch of batches) ids.push(...(await store(service, batch)));
  return { symbol, rows: batches.flat(), ids };
}

/** The counts of an operation that found that another session had already changed one of the rows. */
const ALL_BUT_ONE = { requested: ROWS, affected: ROWS - 1, unchanged: 1, notFound: 0 };

const HELD = [0, 1, 3, ROWS - 1];

/** Runs `work` while another change of one of the rows is in progress, and ends that change once `work` waits for it. */
const whileChanged = <T>(state: 'live' | 'deleted', id: number | undefined, work: () => Promise<T>): Promise<T> =>
  whileRowsBecome(service, state, [id as number], work, 'taken');

test.each(HELD)('a deletion by ids that waits for row %i of nine finds all rows', async (held) => {
  const { ids } = await newMonths();
  const { body } = await whileChanged('deleted', ids[held], () => remove(service, { ids }));
  expect(body).toMatchObject(ALL_BUT_ONE);
});

test.each(HELD)('a restoration by ids that waits for row %i of nine finds all rows', async (held) => {
  const { ids } = await newMonths();
  await remove(service, { ids });
  const { body } = await whileChanged('live', ids[held], () => restore(service, { ids }));
  expect(body).toMatchObject(ALL_BUT_ONE);
});

test.each(HELD)('an undo that waits for row %i of nine restores the others, and so does its redo', async (held) => {
  const { ids } = await newMonths();
  const { body: deletion } = await remove(service, { ids });
  const undo = await whileChanged('live', ids[held], () => restore(service, { operationId: deletion.operationId }));
  expect(undo.body).toMatchObject(ALL_BUT_ONE);
  const { operationId } = undo.body;
  const other = ids[held === 0 ? 1 : 0] as number;
  const redo = await whileChanged('deleted', other, () => remove(service, { operationId }));
  expect(redo.body).toMatchObject({ requested: ROWS - 1, affected: ROWS - 2, unchanged: 1, notFound: 0 });
});

test.each(HELD)('a correction that waits for row %i of nine replaces all rows', async (held) => {
  const { rows, ids } = await newMonths();
  const { status, body } = await whileChanged('deleted', ids[held], () =>
    replace(rows.map((row) => ({ ...row, price: 7 }))),
  );
  expect([status, body.replaced]).toEqual([200, ROWS]);
});

test('a statement that waits for its turn has read no row yet, whatever selects the rows', async () => {
  const { rows, ids, symbol } = await newMonths();
  const batchId = Math.floor((ids[0] as number) / 65_536);
  const { body: deletion } = await remove(service, { ids: ids.slice(0, 2) });
  const { body: restoration } = await restore(service, { operationId: deletion.operationId });
  const changes: Record<string, () => Promise<Reply>> = {
    'a deletion by ids': () => remove(service, { ids }),
    'a deletion by batch': () => remove(service, { batchId }),
    'a deletion by filter': () => remove(service, { filter: { symbol, start: '2026-09-01', end: '2026-12-01' } }),
    'an undo': () => restore(service, { operationId: deletion.operationId }),
    'a redo': () => remove(service, { operationId: restoration.operationId }),
    'a restoration by ids': () => restore(service, { ids }),
    'a correction': () => replace(rows.map((row) => ({ ...row, price: 9 }))),
  };
  for (const [name, change] of Object.entries(changes)) {
    const lockedTables = await withClient(service.database.superuserUrl, async (client) => {
      await client.query('begin');
      await client.query(pasteable(turnOf('market_data', { by: 'batch', batchId })));
      const changing = change();
      await waiting(service, 1);
      const { rows: locked } = await client.query(
        `select relation::regclass::text from pg_locks l join pg_stat_activity a using (pid)
          where a.datname = current_database() and a.wait_event = 'advisory' and l.locktype = 'relation' and l.mode like 'Row%'
            and relation::regclass::text like '%market_data%'`,
      );
      await client.query('commit');
      expect([name, (await changing).status]).toEqual([name, 200]);
      return locked;
    });
    expect([name, lockedTables]).toEqual([name, []]);
  }
});

test('changes of other instruments do not wait', async () => {
  const [one, other] = [await newMonths(), await newMonths()];
  await withClient(service.database.superuserUrl, async (client) => {
    await client.query('begin');
    await client.query(pasteable(turnOf('market_data', { by: 'ids', ids: one.ids, among: '{}' })));
    expect((await remove(service, { ids: other.ids })).body.affected).toBe(ROWS);
    await client.query('rollback');
  });
});

/** The ways to join that leave PostgreSQL a reason to prune while it runs are those by an index. */
const OTHER_JOINS = ['enable_hashjoin', 'enable_mergejoin', 'enable_material', 'enable_seqscan'];

/** How often a statement prunes while it runs, from the plan as PostgreSQL prints it for debugging: EXPLAIN does not tell. */
async function countRunTimePruning(text: string): Promise<number> {
  return withClient(service.database.superuserUrl, async (client) => {
    let printed = '';
    client.on('notice', ({ detail }) => {
      printed += detail ?? '';
    });
    for (const setting of OTHER_JOINS) await client.query(`set ${setting} = off`);
    await client.query('set debug_print_plan = on');
    await client.query('set client_min_messages = log');
    await client.query(`explain ${text}`);
    await client.query('reset client_min_messages');
    expect(printed).toContain('{PLANNEDSTMT');
    return printed.match(/:exec_pruning_steps \(/g)?.length ?? 0;
  });
}

/** Sample statements, of times in all three months. */
const STATEMENTS = everyStatement().map(({ name, text, values }) => {
  const times: Readonly<Record<string, string>> = {
    '2026-01-05T00:00:00.000000Z': MONTHS[0] as string,
    '2026-01-05T23:59:59.999999Z': MONTHS[2] as string,
  };
  return { name, text, values: values.map((value) => (typeof value === 'string' ? (times[value] ?? value) : value)) };
});
const PLANNING = STATEMENTS.filter(({ name }) => name.startsWith('plan-'));

test.each(PLANNING.map((statement) => [statement.name, statement] as const))(
  '%s, which locks an operation and takes no turn, prunes no partitions while it runs',
  async (_, statement) => {
    expect(statement.text).toContain('for no key update');
    expect(await countRunTimePruning(pasteable(statement))).toBe(0);
  },
);

test('a correction does prune partitions, so the check above can fail', async () => {
  const replacing = STATEMENTS.find(({ name }) => name === 'replace-ticks') as Statement;
  expect(await countRunTimePruning(pasteable(replacing))).toBeGreaterThan(0);
});
