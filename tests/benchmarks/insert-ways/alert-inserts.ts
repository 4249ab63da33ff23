import type pg from 'pg';
import { type ArrayParameter, array } from '../../../functions/database/database.ts';
import { batchColumns, ROWS } from './batch-columns.ts';
import { copyRows } from './copy-rows.ts';
import { makeVariant } from './make-variant.ts';
import { alternate, ms, type Print, ROUNDS, serverTime } from './measure.ts';

/** Prints what each index and foreign key of alert logs costs an insert. */
export async function measureAlertInserts(client: pg.Client, print: Print): Promise<void> {
  const indexes = [
    'alert_logs_pkey',
    'ix_alert_logs_timestamp',
    'ix_alert_logs_rule_timestamp',
    'ix_alert_logs_timestamp_instrument',
  ].concat('ix_alert_logs_status', 'ix_alert_logs_instrument_timestamp', 'ix_alert_logs_deleted', 'foreign keys');
  const columns = (turn: number): ArrayParameter[] => {
    const column = (read: (i: number) => number) => Float64Array.from({ length: ROWS }, (_, i) => read(i));
    const texts = (read: (i: number) => string) => Array.from({ length: ROWS }, (_, i) => read(i));
    return [
      ...batchColumns(turn).slice(0, 3),
      array(
        'int4',
        column((i) => 1 + (i % 20)),
      ),
      array(
        'float8',
        column((i) => i),
      ),
      array(
        'float8',
        column((i) => i / 2),
      ),
      array(
        'text',
        texts((i) => ['fired', 'suppressed'][i % 2] as string),
      ),
      array(
        'text',
        texts((i) => ['all_delivered', 'pending'][i % 2] as string),
      ),
    ];
  };
  const contenders: Record<string, (turn: number) => Promise<number>> = {};
  for (const [index, without] of ['none', ...indexes].entries()) {
    await makeVariant(client, 'alert_logs', `alerts_${index}`, without);
    const text = `copy alerts_${index} (id, "timestamp", instrument_id, rule_id, trigger_value, threshold_value, fired_status, delivery_status) from stdin (format binary)`;
    contenders[without === 'none' ? 'all of them' : `without ${without}`] = async (turn) => {
      const made = columns(turn);
      return serverTime(client, () => copyRows(client, text, made));
    };
  }
  printInserts(await alternate(contenders), print);
}

function printInserts(means: Record<string, number>, print: Print): void {
  const all = means['all of them'] as number;
  print(`\nInserts: ${ROWS} rows into alert_logs by COPY, the server's processor time, means of ${ROUNDS}\n`);
  print('| | ms | against all |\n|---|---|---|');
  for (const [name, value] of Object.entries(means))
    print(`| ${name} | ${ms(value)} | ${value > all ? '+' : ''}${ms(value - all)} |`);
}
