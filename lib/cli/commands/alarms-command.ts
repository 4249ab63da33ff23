import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { type ConnectionOptions, clientOf, isLoopback, regionOf, withConnection } from '../store/connection.ts';
import { deployedAlarms, localAlarms, type SeenAlarm } from '../store/read-alarms.ts';
import { usageError } from '../terminal/cli-error.ts';
import { interruption } from '../terminal/interruption.ts';
import { type Terminal, tableLines } from '../terminal/terminal.ts';

interface AlarmFlags extends ConnectionOptions {
  readonly follow?: true;
  readonly all?: true;
  readonly service: string;
  readonly json?: true;
}

const LOOK_EVERY_MS = 2000;

/** `tick-store alarms`. */
export function addAlarms(program: Command, terminal: Terminal): void {
  const command = program
    .command('alarms')
    .summary('print the alarms in ALARM')
    .description(
      'Prints the alarms that are in ALARM, since when, and why. For a local store they come from npm start, for a deployment from CloudWatch.',
    )
    .option('--follow', 'keep running, and print a line whenever an alarm changes')
    .option('--all', 'include alarms in OK and INSUFFICIENT_DATA')
    .option('--service <name>', "for a deployment: the service's name, the prefix of its alarms", 'tick-store');
  withConnection(command)
    .addHelpText(
      'after',
      '\nExamples:\n  tick-store alarms\n  tick-store alarms --follow\n  tick-store alarms --url https://abc.execute-api.eu-west-1.amazonaws.com --profile prod',
    )
    .action((flags: AlarmFlags) => showAlarms(flags, terminal));
}

async function showAlarms(flags: AlarmFlags, terminal: Terminal): Promise<void> {
  const read = readerOf(flags);
  const first = await read();
  const shown = first.filter(({ state }) => flags.all || state === 'ALARM');
  if (flags.json && !flags.follow) {
    terminal.print(JSON.stringify(shown));
    return;
  }
  if (!flags.json) printTable(shown, first.length, terminal);
  if (flags.follow) await follow(read, first, flags, terminal);
}

function readerOf(flags: AlarmFlags): () => Promise<readonly SeenAlarm[]> {
  const { url } = clientOf(flags);
  if (isLoopback(url)) return () => localAlarms(url);
  const region = flags.region ?? regionOf(url) ?? process.env['AWS_REGION'];
  if (region === undefined) throw usageError('the URL does not contain the region of the alarms: give --region');
  return () => deployedAlarms({ region, profile: flags.profile, service: flags.service });
}

function printTable(alarms: readonly SeenAlarm[], all: number, terminal: Terminal): void {
  if (alarms.length === 0) {
    terminal.note(`None of ${all} alarms is in ALARM.`);
    return;
  }
  const rows = alarms.map(({ name, state, since, reason }) => [state, since, name, reason]);
  for (const line of tableLines(['state', 'since', 'alarm', 'reason'], rows)) terminal.print(line);
}

async function follow(
  read: () => Promise<readonly SeenAlarm[]>,
  first: readonly SeenAlarm[],
  flags: AlarmFlags,
  terminal: Terminal,
) {
  using interrupted = interruption();
  let before = new Map(first.map((alarm) => [alarm.name, alarm.state]));
  while (!interrupted.signal.aborted) {
    await sleep(LOOK_EVERY_MS, undefined, { signal: interrupted.signal }).catch(() => undefined);
    // an outage may affect this request as well: the next one shows the alarms
    const now = await read().catch((error: Error) => {
      terminal.note(error.message);
      return undefined;
    });
    if (now === undefined) continue;
    for (const alarm of now)
      if (before.get(alarm.name) !== alarm.state)
        terminal.print(flags.json ? JSON.stringify(alarm) : changeLine(alarm));
    before = new Map(now.map((alarm) => [alarm.name, alarm.state]));
  }
}

const changeLine = ({ name, state, since, reason }: SeenAlarm): string =>
  `${since}  ${state.padEnd(5)}  ${name}: ${reason}`;
