import type { StoreSize } from './measure-store.ts';
import type { DayReport } from './run-days.ts';

/** The days as Markdown tables. */
export const describeDays = (days: readonly DayReport[]): string =>
  [costs(days), tables(days), machine(days)].join('\n\n');

const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
const table = (titles: readonly string[], rows: readonly (readonly (string | number)[])[]) =>
  [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n');
const count = (value: number) => Math.round(value).toLocaleString('en');
const kB = (bytes: number) => count(bytes / 1000);

const sumOf = ({ tables }: StoreSize, names: readonly string[]) =>
  tables
    .filter(({ name }) => names.includes(name))
    .reduce(
      (sum, { rows, tableBytes, indexBytes }) => ({
        rows: sum.rows + rows,
        bytes: sum.bytes + tableBytes + indexBytes,
      }),
      { rows: 0, bytes: 0 },
    );

/** The size per row of each table at the end of trading on the last day, including indexes. */
function costs(days: readonly DayReport[]): string {
  const [last, before] = [days.at(-1), days.at(-2)];
  if (last === undefined || before === undefined) return '';
  const { traded, machine } = last;
  const per = (what: string, names: readonly string[]) => {
    const { rows, bytes } = sumOf(traded, names);
    return [what, count(rows), count(bytes / Math.max(rows, 1))];
  };
  const bars = sumOf(traded, ['day_bars']).bytes;
  const lines = machine.functionLines - before.machine.functionLines;
  const logged = (machine.logBytes['functions.log'] ?? 0) - (before.machine.logBytes['functions.log'] ?? 0);
  return table(
    ['one', 'there are', 'bytes each'],
    [
      per('tick', ['market_data', 'archived market_data']),
      per('alert log', ['alert_logs', 'archived alert_logs']),
      per('batch, in the ledger', ['ingest_batches']),
      per('idempotency key', ['idempotency_keys']),
      per('operation', ['operations']),
      per('step of an operation', ['operation_rows']),
      per('sample of the probe', ['health_samples']),
      per('instrument and day, counts', ['rollup_days', 'day_counts']),
      ['bar of a roll-up', count(traded.bars), count(bars / Math.max(traded.bars, 1))],
      ['log line of the functions, metrics included', count(lines), count(logged / Math.max(lines, 1))],
      ['request, in the log', count(last.requests), count(logged / last.requests)],
    ],
  );
}

/** Tables of the last day before and after its night, and of all days after their nights. */
function tables(days: readonly DayReport[]): string {
  const last = days.at(-1);
  if (last === undefined) return '';
  const sizeOf = ({ store }: DayReport, name: string) => sumOf(store, [name]).bytes;
  return table(
    ['table', 'rows, trading over', 'rows, after the night', ...days.map((_, day) => `kB, night ${day + 1}`)],
    last.store.tables.map(({ name, rows }) => [
      ...[name, count(sumOf(last.traded, [name]).rows), count(rows)],
      ...days.map((day) => kB(sizeOf(day, name))),
    ]),
  );
}

function machine(days: readonly DayReport[]): string {
  const row = (what: string, of: (day: DayReport) => string) => [what, ...days.map(of)];
  const rows = [
    row('database, kB', ({ store }) => kB(store.databaseBytes)),
    row('write-ahead log, kB', ({ store }) => kB(store.walBytes)),
    row('sessions at PostgreSQL', ({ store }) => count(store.sessions)),
    row('files in the state directory', ({ machine: { files } }) => count(files)),
    ...Object.keys(days[0]?.machine.logBytes ?? {}).map((name) =>
      row(`${name}, kB (bound: 50,000)`, ({ machine: { logBytes } }) => kB(logBytes[name] ?? 0)),
    ),
    row('processes of functions', ({ machine: { functionProcesses } }) => count(functionProcesses)),
    row('their memory, kB', ({ machine: { functionBytes } }) => kB(functionBytes)),
    row('heap of the gateway, kB', ({ machine: { gatewayBytes } }) => kB(gatewayBytes)),
    row('messages kept (bound: 1,000)', ({ machine: { messages } }) => count(messages)),
    row('messages not delivered', ({ machine: { queued } }) => count(queued)),
    row('metrics', ({ machine: { metrics } }) => count(metrics)),
    row('their samples (bound: 3 hours)', ({ machine: { metricSamples } }) => count(metricSamples)),
  ];
  return table(['after the night of day', ...days.map((_, day) => String(day + 1))], rows);
}
