import type { Command } from 'commander';
import type { Client } from '../../client/index.ts';
import { addDialectFlags, choicesOf, filesOf, flagOf, type ImportFlags, queryOfFlags } from '../import/import-flags.ts';
import { OutageNotes } from '../import/note-outages.ts';
import { type PlannedGroup, planImport } from '../import/plan-import.ts';
import { planLines } from '../import/plan-lines.ts';
import { RejectedFile } from '../import/rejected-file.ts';
import { type ImportSummary, runImport } from '../import/run-import.ts';
import { summaryLines } from '../import/summary-lines.ts';
import { awaitStore } from '../store/await-store.ts';
import { clientOf, isLoopback, withConnection } from '../store/connection.ts';
import { CliError, EXIT, usageError } from '../terminal/cli-error.ts';
import { interruption } from '../terminal/interruption.ts';
import { showProgress } from '../terminal/progress-bar.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** `tick-store import`. */
export function addImport(program: Command, terminal: Terminal): void {
  const command = program
    .command('import')
    .summary('store ticks or bars from files')
    .description(
      'Stores ticks or bars from files: .csv, .ndjson, .parquet, also as .gz and .zip. It inspects the files, shows how it will read ' +
        "them (the API's parameters, and three rows), and asks for confirmation. An interrupted import continues when it is run again, and " +
        'a repeated one stores no row twice.',
    )
    .argument('<files...>', 'files, or patterns such as "data/*.csv.gz"')
    .option('--symbol <symbol>', 'the instrument of all rows')
    .option(
      '--symbol-from-name [pattern]',
      "take the instrument from the file's name: its first word, or the match of a pattern",
    )
    .option('--create-instruments', 'create instruments that do not exist')
    .option('--sequence-of <what>', 'tick, or packet if the rows of a packet share a sequence number')
    .option('--on-conflict <what>', 'keep, or replace to correct stored rows (requires --reason)')
    .option('--reason <text>', 'the reason for a correction')
    .option('--workers <count>', 'parts sent concurrently', '4')
    .option('--rejected <file>', 'file for rejected rows, with their line and reason', 'rejected.csv')
    .option(
      '--again <name>',
      'import files again that were imported with other parameters; NAME distinguishes this import',
    )
    .option('--dry-run', 'show how the files are read, and stop')
    .option('-y, --yes', 'do not ask for confirmation');
  addDialectFlags(command);
  withConnection(command).addHelpText(
    'after',
    `
Examples:
  tick-store import ES.csv --symbol ES
  tick-store import "data/*.csv.gz" --symbol-from-name --create-instruments
  tick-store import spx.csv --symbol SPX --time-zone America/New_York --dry-run

Exit codes: 0 all stored, 3 some rows rejected, 1 failed, 2 invalid usage, 130 interrupted.`,
  );
  command.action((files: string[], flags: ImportFlags) => importFiles(files, flags, terminal));
}

async function importFiles(patterns: readonly string[], flags: ImportFlags, terminal: Terminal): Promise<void> {
  const workers = Number(flags.workers);
  if (!Number.isInteger(workers) || workers < 1 || workers > 64) throw usageError('--workers must be from 1 to 64');
  const groups = await planImport(filesOf(patterns), choicesOf(flags));
  const plan = groups.flatMap((group) => planLines(group, queryOfFlags(flags)));
  for (const line of plan) terminal.note(line);
  const open = groups.flatMap(({ dialect, sources }) =>
    dialect.questions.map(
      ({ parameter, question }) => `${sources[0]?.source.name}: ${question} Specify ${flagOf(parameter)}.`,
    ),
  );
  if (open.length > 0) throw usageError(open.join('\n'));
  if (flags.dryRun) {
    if (flags.json) terminal.print(JSON.stringify(groups.map(planJson)));
    return;
  }
  const client = clientOf(flags);
  await awaitStore(client, terminal.note);
  if (!flags.createInstruments) await checkInstruments(client, groups);
  if (!flags.yes && !(await terminal.confirm('Import them this way?')))
    throw new CliError('Nothing was imported.', EXIT.usage);
  await send(client, groups, flags, workers, terminal);
}

async function send(
  client: Client,
  groups: readonly PlannedGroup[],
  flags: ImportFlags,
  workers: number,
  terminal: Terminal,
): Promise<void> {
  const sources = groups.flatMap((group) => group.sources);
  const rejected = new RejectedFile(flags.rejected);
  using interrupted = interruption();
  const progress = showProgress(
    sources.reduce((sum, { source }) => sum + source.bytes, 0),
    terminal,
  );
  const outages = new OutageNotes(progress.note);
  const startedAt = performance.now();
  let summary: ImportSummary;
  try {
    summary = await runImport(sources, {
      ...{ client, rejected, workers, again: flags.again, packs: !isLoopback(client.url) },
      query: queryOfFlags(flags),
      signal: interrupted.signal,
      onRetry: (error) => outages.failed(error),
      onStored: () => outages.succeeded(),
      onProgress: ({ bytesRead, rowsSent }) => progress.show(bytesRead, rowsSent),
    });
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
    throw new CliError('Interrupted. Run the same command again to continue.', EXIT.interrupted);
  } finally {
    progress.stop();
  }
  const seconds = (performance.now() - startedAt) / 1000;
  if (flags.json)
    terminal.print(JSON.stringify({ ...summary, seconds, rejectedFile: rejected.rows > 0 ? rejected.path : null }));
  else for (const line of summaryLines(summary, seconds, rejected)) terminal.print(line);
  if (summary.refusedParts.length > 0) throw new CliError('Some parts were refused; none of their rows are stored.');
  if (summary.rejected > 0) terminal.exitCode = EXIT.rejected;
}

const planJson = ({ kind, dialect, preview, sources }: PlannedGroup) => ({
  ...{ kind, parameters: dialect.parameters, notes: dialect.notes, preview },
  files: sources.map(({ source, symbol, otherSymbols }) => ({
    file: source.name,
    symbol: symbol ?? null,
    otherSymbols,
    bytes: source.bytes,
  })),
});

/** Checked before anything is sent: an unknown symbol would otherwise fail with the first part. */
async function checkInstruments(client: Client, groups: readonly PlannedGroup[]): Promise<void> {
  const symbols = new Set(
    groups.flatMap(({ sources }) => sources.map(({ symbol }) => symbol)).filter((one) => one !== undefined),
  );
  const missing: string[] = [];
  for (const symbol of symbols)
    await client.call('getInstrument', { path: { symbol } }).catch((error: { code?: string }) => {
      if (error.code !== 'instrument_not_found') throw error;
      missing.push(symbol);
    });
  if (missing.length > 0)
    throw usageError(`Unknown instrument: ${missing.join(', ')}. --create-instruments creates what is missing.`);
}
