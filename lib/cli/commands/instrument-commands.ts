import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { parse } from 'csv-parse/sync';
import type { InstrumentPatch } from '../../client/index.ts';
import { type ConnectionOptions, clientOf, withConnection } from '../store/connection.ts';
import { usageError } from '../terminal/cli-error.ts';
import { grouped, type Terminal } from '../terminal/terminal.ts';

interface InstrumentFlags extends ConnectionOptions {
  readonly name?: string;
  readonly type?: string;
  readonly status?: InstrumentPatch['status'];
  readonly decimals?: string;
  readonly create?: true;
  readonly json?: true;
}

/** The largest number of instruments per request. */
const MAX_INSTRUMENTS = 10_000;
const FIELDS = ['symbol', 'name', 'type', 'status', 'priceDecimals'] as const;

/** `put-instrument`, `patch-instrument` and `load-instruments`. */
export function addInstrumentCommands(program: Command, terminal: Terminal): void {
  const put = program
    .command('put-instrument')
    .summary('create or replace an instrument')
    .description('Creates or replaces an instrument. Omitted options reset to their defaults.')
    .argument('<symbol>', 'its symbol');
  withFields(put)
    .option('--create', 'only create: fail if it exists')
    .addHelpText('after', '\nExample:\n  tick-store put-instrument BTC/USDT --type crypto --decimals 2')
    .action(async (symbol: string, flags: InstrumentFlags) => {
      const { create } = flags;
      const args = { path: { symbol }, body: fieldsOf(flags), ...(create ? { ifNoneMatch: '*' } : {}) };
      report(await clientOf(flags).call('putInstrument', args), flags, terminal);
    });

  const patch = program
    .command('patch-instrument')
    .summary('change some fields of an instrument')
    .description('Changes only the fields that are given as options.')
    .argument('<symbol>', 'its symbol');
  withFields(patch)
    .addHelpText('after', '\nExample:\n  tick-store patch-instrument ES --status inactive')
    .action(async (symbol: string, flags: InstrumentFlags) => {
      const body = fieldsOf(flags);
      if (Object.keys(body).length === 0)
        throw usageError('Specify what to change: --name, --type, --status or --decimals');
      report(await clientOf(flags).call('patchInstrument', { path: { symbol }, body }), flags, terminal);
    });

  const load = program
    .command('load-instruments')
    .summary('create or replace instruments from a CSV file')
    .description(
      `Creates or replaces instruments, ${grouped(MAX_INSTRUMENTS)} per request. Each request is applied completely or not at all.`,
    )
    .argument('<file>', `CSV with the titles ${FIELDS.join(', ')}; only the first is required`);
  withConnection(load)
    .addHelpText('after', '\nExample:\n  tick-store load-instruments instruments.csv')
    .action((file: string, flags: InstrumentFlags) => loadFile(file, flags, terminal));
}

function withFields(command: Command): Command {
  command
    .option('--name <text>', 'its name')
    .option('--type <word>', 'such as future, index, crypto, forex or equity')
    .option('--status <status>', 'active, inactive or error')
    .option('--decimals <count>', 'decimals of prices in responses, 0 to 12');
  return withConnection(command);
}

function fieldsOf({ name, type, status, decimals }: InstrumentFlags): InstrumentPatch {
  return {
    ...(name === undefined ? {} : { name }),
    ...(type === undefined ? {} : { type }),
    ...(status === undefined ? {} : { status }),
    ...(decimals === undefined ? {} : { priceDecimals: decimalsOf(decimals) }),
  };
}

function decimalsOf(text: string): number {
  if (!/^\d{1,2}$/.test(text)) throw usageError(`${text} is not a number of decimals from 0 to 12`);
  return Number(text);
}

function report(instrument: { readonly symbol: string }, flags: InstrumentFlags, terminal: Terminal): void {
  if (flags.json) terminal.print(JSON.stringify(instrument));
  else for (const [name, value] of Object.entries(instrument)) terminal.print(`${name.padEnd(14)} ${value}`);
}

async function loadFile(file: string, flags: InstrumentFlags, terminal: Terminal): Promise<void> {
  const instruments = readInstruments(readFileSync(file, 'utf8'));
  const client = clientOf(flags);
  const total = { received: 0, created: 0, changed: 0, unchanged: 0 };
  for (let from = 0; from < instruments.length; from += MAX_INSTRUMENTS) {
    const body = { instruments: instruments.slice(from, from + MAX_INSTRUMENTS) };
    const counts = await client.call('putInstruments', { body });
    for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += counts[name];
  }
  if (flags.json) terminal.print(JSON.stringify(total));
  else
    terminal.print(
      `${grouped(total.created)} created, ${grouped(total.changed)} changed, ${grouped(total.unchanged)} unchanged.`,
    );
}

type ListedInstrument = InstrumentPatch & { readonly symbol: string };

/** @throws CliError for an unknown title, or a file without symbols */
function readInstruments(text: string): ListedInstrument[] {
  const rows = parse(text, { columns: true, bom: true, skip_empty_lines: true, trim: true }) as Record<
    string,
    string
  >[];
  const unknown = Object.keys(rows[0] ?? {}).filter((title) => !FIELDS.some((field) => field === title));
  if (unknown.length > 0) throw usageError(`Unknown titles: ${unknown.join(', ')}. Known titles: ${FIELDS.join(', ')}`);
  if (rows.length === 0 || rows[0]?.['symbol'] === undefined) throw usageError('The file names no symbol');
  return rows.map(({ symbol = '', priceDecimals, ...rest }) => {
    const given = Object.entries(rest).filter(([, cell]) => cell !== '');
    const decimals = priceDecimals ? { priceDecimals: decimalsOf(priceDecimals) } : {};
    return { symbol, ...(Object.fromEntries(given) as InstrumentPatch), ...decimals };
  });
}
