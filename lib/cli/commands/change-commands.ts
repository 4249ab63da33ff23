import type { Command } from 'commander';
import { type Client, type Operation, OperationFailed, waitForOperation } from '../../client/index.ts';
import { type ConnectionOptions, clientOf, withConnection } from '../store/connection.ts';
import { CliError, EXIT, usageError } from '../terminal/cli-error.ts';
import { showProgress } from '../terminal/progress-bar.ts';
import { grouped, type Terminal } from '../terminal/terminal.ts';

interface ChangeFlags extends ConnectionOptions {
  readonly symbol?: string;
  readonly from?: string;
  readonly to?: string;
  readonly bars?: string;
  readonly batch?: string;
  readonly ids?: string;
  readonly reason?: string;
  readonly dryRun?: true;
  readonly yes?: true;
  readonly json?: true;
}

type ChangePath = 'deletions' | 'restorations';
const WORDS: Readonly<Record<ChangePath, { verb: string; done: string }>> = {
  deletions: { verb: 'Delete', done: 'deleted' },
  restorations: { verb: 'Restore', done: 'restored' },
};

/** Describes a change in words. Taking an operation back may delete rows and restore others. */
const wordsOf = (kind: ChangePath, selector: object) =>
  'operationId' in selector ? { verb: 'Change', done: 'changed' } : WORDS[kind];

/** `tick-store delete`, `undo` and `redo`. Each counts the rows first, and asks for confirmation with the count. */
export function addChanges(program: Command, terminal: Terminal): void {
  const remove = program
    .command('delete')
    .summary('soft-delete rows')
    .description(
      'Soft-deletes rows as one operation, which undo can take back. It counts the rows first and asks for confirmation.',
    )
    .option('--symbol <symbol>', 'rows of this instrument; requires --from and --to')
    .option('--from <time>', 'not before this time')
    .option('--to <time>', 'not after this time')
    .option('--bars <interval>', 'bars of this length, not ticks')
    .option('--batch <id>', 'rows of this batch')
    .option('--ids <ids>', 'these rows: ids and ranges, such as 7,9-12');
  withChangeFlags(remove)
    .addHelpText(
      'after',
      '\nExamples:\n  tick-store delete --symbol ES --from 2026-01-31T14:00:00Z --to 2026-01-31T15:00:00Z --reason "bad feed"\n' +
        '  tick-store delete --batch 42 --reason "wrong time zone" --dry-run',
    )
    .action((flags: ChangeFlags) => change('deletions', selectorOf(flags), flags, terminal));

  const undo = program
    .command('undo')
    .summary('take an operation back')
    .description(
      'Takes a deletion back: restores exactly the rows that it deleted and nobody has restored since. If the operation is a correction, it ' +
        'also deletes the new rows.',
    )
    .argument('<operation>', 'its id');
  withChangeFlags(undo)
    .addHelpText('after', '\nExample:\n  tick-store undo 17 --reason "the feed was right"')
    .action((id: string, flags: ChangeFlags) =>
      change('restorations', { operationId: numberOf(id, 'operation') }, flags, terminal),
    );
  addRedo(program, terminal);
}

/** `tick-store redo`. */
function addRedo(program: Command, terminal: Terminal): void {
  const redo = program
    .command('redo')
    .summary('take an undo back')
    .description(
      'Takes a restoration back: deletes the restored rows again. After the undo of a correction, it restores the new rows.',
    )
    .argument('<operation>', "the restoration's id");
  withChangeFlags(redo)
    .addHelpText('after', '\nExample:\n  tick-store redo 18 --reason "it was wrong after all"')
    .action((id: string, flags: ChangeFlags) =>
      change('deletions', { operationId: numberOf(id, 'operation') }, flags, terminal),
    );
}

function withChangeFlags(command: Command): Command {
  command
    .requiredOption('--reason <text>', 'why; it is kept permanently')
    .option('--dry-run', 'count the rows and change nothing')
    .option('-y, --yes', 'do not ask for confirmation');
  return withConnection(command);
}

/** The rows to change. @throws CliError unless exactly one way of selecting them is given */
function selectorOf({ symbol, from, to, bars, batch, ids }: ChangeFlags): object {
  const given = [symbol, batch, ids].filter((one) => one !== undefined).length;
  if (given !== 1) throw usageError('Specify the rows: --symbol with --from and --to, --batch, or --ids');
  if (batch !== undefined) return { batchId: numberOf(batch, 'batch') };
  if (ids !== undefined) return { ids: ids.split(',').map(rangeOf) };
  if (from === undefined || to === undefined) throw usageError('--symbol requires --from and --to');
  return { filter: { symbol, start: from, end: to, ...(bars === undefined ? {} : { bars }) } };
}

function rangeOf(text: string): number | [number, number] {
  const [from = '', to] = text.split('-');
  return to === undefined ? numberOf(from, 'row') : [numberOf(from, 'row'), numberOf(to, 'row')];
}

function numberOf(text: string, what: string): number {
  if (!/^\d{1,16}$/.test(text)) throw usageError(`${text} is not the id of a ${what}`);
  return Number(text);
}

async function change(kind: ChangePath, selector: object, flags: ChangeFlags, terminal: Terminal): Promise<void> {
  const client = clientOf(flags);
  const path = `/v1/market-data/${kind}`;
  const send = async (more: object, keyed: boolean) => {
    const body = { ...selector, reason: flags.reason, ...more };
    return (await client.request('POST', path, { body, keyed })).body as Operation;
  };
  const counted = await send({ dryRun: true }, false);
  const { verb, done: word } = wordsOf(kind, selector);
  if (flags.dryRun || counted.affected === 0) return report(word, counted, flags, terminal);
  const named = laterDeletions(counted);
  if (named !== undefined && !flags.yes) terminal.note(named);
  const rows = `${grouped(counted.affected)} ${counted.affected === 1 ? 'row' : 'rows'}`;
  if (!flags.yes && !(await terminal.confirm(`${verb} ${rows}?`)))
    throw new CliError('Nothing was changed.', EXIT.usage);
  // the operation changes exactly the rows that were counted: if the count differs by now, it changes nothing
  const done = await send({ expectedCount: counted.affected }, true);
  report(word, await finished(client, done, counted.affected, terminal), flags, terminal);
}

/** A large operation continues in steps after its response. Shows its progress until it has ended. */
async function finished(client: Client, operation: Operation, total: number, terminal: Terminal): Promise<Operation> {
  if (operation.status !== 'running') return operation;
  terminal.note(`Operation ${operation.operationId} is running. It continues even if you stop waiting.`);
  const bar = showProgress(total, terminal);
  try {
    const onProgress = ({ rowsDone = 0 }: Operation) => bar.show(rowsDone, rowsDone);
    return await waitForOperation(client, 'market-data', operation, { onProgress });
  } catch (error) {
    throw error instanceof OperationFailed
      ? new CliError(`Operation ${operation.operationId} has failed: ${error.operation.failure}`)
      : error;
  } finally {
    bar.stop();
  }
}

/** The largest number of operations named on a line. */
const MOST_NAMED = 20;

/** A sentence about the later deletions that an undo overrules; undefined if there are none. */
function laterDeletions({ alsoDeletedBy = [], dryRun }: Operation): string | undefined {
  if (alsoDeletedBy.length === 0) return;
  const more = alsoDeletedBy.length - MOST_NAMED;
  const ids = `${alsoDeletedBy.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${grouped(more)} more` : ''}`;
  const noun = alsoDeletedBy.length === 1 ? 'operation' : 'operations';
  return `Some of these rows were also deleted by ${noun} ${ids}. These deletions ${dryRun ? 'would be' : 'are'} undone for them, too.`;
}

function report(done: string, operation: Operation, flags: ChangeFlags, terminal: Terminal): void {
  if (flags.json) {
    terminal.print(JSON.stringify(operation));
    return;
  }
  const { affected, unchanged, notFound, operationId, dryRun, kind } = operation;
  const rest = [
    unchanged > 0 ? `, ${grouped(unchanged)} ${done} already` : '',
    notFound > 0 ? `, ${grouped(notFound)} not found` : '',
  ].join('');
  terminal.print(`${grouped(affected)} rows ${dryRun ? 'would be ' : ''}${done}${rest}.`);
  const named = laterDeletions(operation);
  if (named !== undefined) terminal.print(named);
  if (dryRun || operationId === null) return;
  terminal.print(
    `Operation ${operationId}. To take it back: tick-store ${kind === 'restoration' ? 'redo' : 'undo'} ${operationId} --reason …`,
  );
}
