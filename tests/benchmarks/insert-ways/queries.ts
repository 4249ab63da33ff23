import type pg from 'pg';
import { latestAlertLogs, listAlertLogs } from '../../../functions/alert-logs/sql/select-alert-logs.ts';
import { ALERTS, TICKS } from './load-rows.ts';
import { ms, type Print } from './measure.ts';
import { bestRun, daysAgo, page, type Query, run } from './run-statement.ts';

const alertPage = { ...page, instrumentId: null, ruleId: null, firedStatus: null, deliveryStatus: null };

/** Prints what each index of alert logs saves the query that it serves. */
export async function measureQueries(client: pg.Client, print: Print): Promise<void> {
  const cases: [index: string, what: string, statement: Query][] = [
    ['ix_alert_logs_timestamp', 'the newest page', listAlertLogs(alertPage)],
    [
      'ix_alert_logs_timestamp_instrument',
      'a month of one instrument',
      listAlertLogs({ ...alertPage, instrumentId: 3, start: daysAgo(60), end: daysAgo(30) }),
    ],
    ['ix_alert_logs_rule_timestamp', 'the newest page of a rare rule', listAlertLogs({ ...alertPage, ruleId: 21 })],
    [
      'ix_alert_logs_status',
      'the newest page of failed deliveries',
      listAlertLogs({ ...alertPage, deliveryStatus: 'failed', firedStatus: 'error' }),
    ],
    [
      'ix_alert_logs_instrument_timestamp',
      'latest of 1,000 instruments',
      latestAlertLogs(
        Array.from({ length: 1000 }, (_, i) => i + 1),
        [],
        false,
      ),
    ],
  ];
  print(
    `\nQueries: ${TICKS / 1e6} M ticks in 6 months, ${ALERTS / 1e6} M alert logs in 23, 26 partitions, best of 7, planning included\n`,
  );
  print('| index | query | with, ms | without, ms |\n|---|---|---|---|');
  for (const [index, what, statement] of cases) {
    await run(client, statement);
    const withIndex = await bestRun(client, statement);
    await client.query('begin');
    await client.query(
      index.endsWith('_pkey')
        ? `alter table tick_store.${index.replace('_pkey', '')} drop constraint ${index}`
        : `drop index tick_store.${index}`,
    );
    await run(client, statement);
    const without = await bestRun(client, statement, 3);
    await client.query('rollback');
    print(`| ${index} | ${what} | ${ms(withIndex)} | ${ms(without)} |`);
  }
}
