import type pg from 'pg';
import type { Statement } from '../../../functions/database/database.ts';
import { findTick, latestTicks, listTicks } from '../../../functions/market-data/sql/select-ticks.ts';
import { ms, type Print } from './measure.ts';
import { bestRun, daysAgo, page, run } from './run-statement.ts';

/** Prints what many partitions cost a read. */
export async function measurePartitions(client: pg.Client, print: Print): Promise<void> {
  const ids = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
  const cases: [string, Statement][] = [
    ['latest of 12 instruments', latestTicks(ids(12), [], false)],
    ['latest of 1,000 instruments, 988 without ticks', latestTicks(ids(1000), [], false)],
    ['a tick by its id', findTick(100 * 65_536 + 5, false)],
    ['a day of one instrument', listTicks({ ...page, instrumentId: 3, start: daysAgo(91), end: daysAgo(90) })],
    ['the newest page of one instrument', listTicks({ ...page, instrumentId: 3 })],
  ];
  const found = new Map<string, number[]>(cases.map(([name]) => [name, []]));
  const measure = async () => {
    for (const [name, statement] of cases) {
      await run(client, statement);
      found.get(name)?.push(await bestRun(client, statement));
    }
    const { rows } = await client.query(
      `select count(*)::int as n from tick_store.partitions where parent = 'market_data'`,
    );
    return rows[0].n as number;
  };
  const few = await measure();
  await client.query(
    `select tick_store.ensure_partitions('market_data', array[least(m, now())]) from generate_series(timestamptz '1970-01-15', now(), interval '1 month') m`,
  );
  const many = await measure();
  print(`\nPartitions: planning and execution, ms, best of 7\n`);
  print(`| | ${few} partitions | ${many} partitions |\n|---|---|---|`);
  for (const [name, [a = 0, b = 0]] of found) print(`| ${name} | ${ms(a)} | ${ms(b)} |`);
}
