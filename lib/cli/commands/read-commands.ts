import type { Command } from 'commander';
import { TickStoreProblem } from '../../client/index.ts';
import { clientOf, withConnection } from '../store/connection.ts';
import { type FetchedRow, fetchRows, rowsOf } from '../store/fetch-rows.ts';
import { CliError } from '../terminal/cli-error.ts';
import { type Terminal, tableLines } from '../terminal/terminal.ts';
import { READ_COMMANDS, type ReadCommand, type ReadFlags } from './read-command-table.ts';

/** Adds the commands that read one list each. */
export function addReadCommands(program: Command, terminal: Terminal): void {
  for (const command of READ_COMMANDS) addReadCommand(program, command, terminal);
}

function addReadCommand(program: Command, spec: ReadCommand, terminal: Terminal): void {
  const command = program.command(spec.name).summary(spec.summary).description(spec.description);
  for (const [name, description] of spec.arguments ?? []) command.argument(name, description);
  for (const [flag, description, fallback] of spec.flags) command.option(flag, description, fallback);
  withConnection(command).addHelpText('after', `\nExamples:\n${spec.examples.map((line) => `  ${line}`).join('\n')}`);
  command.action(async (...given: unknown[]) => {
    const flags = given.at(-2) as ReadFlags;
    const args = given.slice(0, -2) as (string | readonly string[])[];
    // a list of instruments does not go into the path
    const path = spec.path(args.filter((one) => typeof one === 'string'));
    await printRows(spec, path, spec.query(flags, args), flags, terminal);
  });
}

async function printRows(
  { name, columns, read }: ReadCommand,
  path: string,
  query: Readonly<Record<string, unknown>>,
  flags: ReadFlags,
  terminal: Terminal,
): Promise<void> {
  const client = clientOf(flags);
  const limit = flags['limit'] === undefined ? undefined : Number(flags['limit']);
  const fetching = read === undefined ? fetchRows(client, path, query, limit) : read(client, query).then(fetchedWhole);
  const fetched = await fetching.catch((error: unknown) => {
    throw isUnknownRoute(error)
      ? new CliError(`${client.url} does not support ${name}: it runs an older version.`)
      : error;
  });
  if (flags.json) {
    terminal.print(JSON.stringify(fetched.document));
    return;
  }
  if (fetched.rows.length === 0) {
    terminal.note('Nothing found.');
    return;
  }
  const known = columns.filter((column) => fetched.rows.some((row) => column in row));
  for (const line of tableLines(
    known,
    fetched.rows.map((row: FetchedRow) => known.map((column) => row[column])),
  ))
    terminal.print(line);
  if (fetched.hasMore) terminal.note(`There are more rows: use --limit ${Number(flags['limit']) * 10}.`);
}

const fetchedWhole = (document: object) => ({ rows: rowsOf(document), document, hasMore: false });

/** An older store takes the path of an unknown list for the path of one row. */
const isUnknownRoute = (error: unknown): boolean =>
  error instanceof TickStoreProblem &&
  (error.code === 'route_not_found' || (error.status === 422 && error.errors.some(({ path }) => path === 'id')));
