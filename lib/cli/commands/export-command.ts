import { renameSync } from 'node:fs';
import type { Command } from 'commander';
import { readTicks } from '../export/read-ticks.ts';
import { type ExportFormat, openWriter } from '../export/row-writer.ts';
import { type ConnectionOptions, clientOf, withConnection } from '../store/connection.ts';
import { usageError } from '../terminal/cli-error.ts';
import { clock, grouped, type Terminal } from '../terminal/terminal.ts';
import { AS_OF } from './read-command-table.ts';

interface ExportFlags extends ConnectionOptions {
  readonly symbol: string;
  readonly from?: string;
  readonly to?: string;
  readonly bars?: string;
  readonly output: string;
  readonly format?: string;
  readonly includeDeleted?: true;
  readonly asOf?: string;
  readonly json?: true;
}

const FORMATS: readonly ExportFormat[] = ['csv', 'ndjson', 'parquet'];

/** `tick-store export`. */
export function addExport(program: Command, terminal: Terminal): void {
  const command = program
    .command('export')
    .summary('write ticks or bars to a file')
    .description(
      'Writes the ticks or the stored bars of an instrument to a file, ordered by time, with unrounded numbers.',
    )
    .requiredOption('--symbol <symbol>', 'of this instrument')
    .option('--from <time>', 'not before this time')
    .option('--to <time>', 'not after this time')
    .option('--bars <interval>', 'stored bars of this length, not ticks')
    .option('--include-deleted', 'include deleted rows')
    .option(...AS_OF)
    .requiredOption('-o, --output <file>', 'a .csv, .ndjson or .parquet file; - is standard output')
    .option('--format <format>', `${FORMATS.join(', ')}; default: by the file's extension`);
  withConnection(command)
    .addHelpText(
      'after',
      '\nExamples:\n  tick-store export --symbol ES --from 2026-01-01 --to 2026-01-31 -o es.parquet\n' +
        '  tick-store export --symbol ES --format csv -o - | head',
    )
    .action((flags: ExportFlags) => exportRows(flags, terminal));
}

async function exportRows(flags: ExportFlags, terminal: Terminal): Promise<void> {
  const client = clientOf(flags);
  const startedAt = performance.now();
  // the target name is used only for a complete export, however this one ends
  const path = flags.output === '-' ? '-' : `${flags.output}.partial`;
  const writer = await openWriter(path, formatOf(flags));
  const { symbol, from: start, to: end, bars, includeDeleted, asOf } = flags;
  const query = { symbol, start, end, bars, includeDeleted, asOf, order: 'asc', precision: 'stored' };
  let rows = 0;
  for await (const page of readTicks(client, query)) {
    await writer.write(page);
    rows += page.length;
    if (terminal.isInteractive) terminal.progress.write(`\r${grouped(rows)} rows`);
  }
  await writer.close();
  if (path !== '-') renameSync(path, flags.output);
  if (terminal.isInteractive) terminal.progress.write('\r');
  const seconds = (performance.now() - startedAt) / 1000;
  if (flags.json) {
    terminal.note(JSON.stringify({ rows, seconds, file: flags.output }));
    return;
  }
  terminal.note(`${grouped(rows)} rows in ${clock(seconds)}${flags.output === '-' ? '' : `: ${flags.output}`}`);
}

function formatOf({ output, format }: ExportFlags): ExportFormat {
  const name = format ?? output.split('.').at(-1);
  const found = FORMATS.find((one) => one === name);
  if (found === undefined) throw usageError(`--format must be one of ${FORMATS.join(', ')}`);
  if (found === 'parquet' && output === '-') throw usageError('Parquet requires a file: -o FILE.parquet');
  return found;
}
