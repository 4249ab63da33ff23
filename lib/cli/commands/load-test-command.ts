import type { Command } from 'commander';
import { type ConnectionOptions, clientOf, isLoopback, withConnection } from '../store/connection.ts';
import { type LoadResult, runLoadTest } from '../store/run-load-test.ts';
import { CliError, usageError } from '../terminal/cli-error.ts';
import { interruption } from '../terminal/interruption.ts';
import { grouped, type Terminal } from '../terminal/terminal.ts';

interface LoadFlags extends ConnectionOptions {
  readonly symbol: string;
  readonly rate: string;
  readonly seconds: string;
  readonly batch: string;
  readonly inFlight: string;
  readonly yes?: true;
  readonly json?: true;
}

/** `tick-store load-test`. */
export function addLoadTest(program: Command, terminal: Terminal): void {
  const command = program
    .command('load-test')
    .summary('send generated ticks at a given rate, and measure')
    .description(
      'Sends generated ticks of one instrument at a given rate, with the same sender that applications use. Prints how many were stored and how long it took. The ticks stay stored; it prints their batches.',
    )
    .requiredOption('--symbol <symbol>', 'the instrument: use one created for the test, because its ticks are not real')
    .option('--rate <ticks>', 'ticks per second', '5000')
    .option('--seconds <seconds>', 'duration', '30')
    .option('--batch <rows>', 'rows per batch', '5000')
    .option('--in-flight <batches>', 'the largest number of concurrent batches', '4')
    .option('-y, --yes', 'do not ask for confirmation');
  withConnection(command)
    .addHelpText('after', '\nExample:\n  tick-store load-test --symbol TEST --rate 20000 --seconds 60')
    .action((flags: LoadFlags) => loadTest(flags, terminal));
}

async function loadTest(flags: LoadFlags, terminal: Terminal): Promise<void> {
  const client = clientOf(flags);
  const [rate, seconds, rows, inFlight] = [flags.rate, flags.seconds, flags.batch, flags.inFlight].map(positive) as [
    number,
    number,
    number,
    number,
  ];
  const question = `Store ${grouped(rate * seconds)} generated ticks of ${flags.symbol} at ${client.url}?`;
  if (!flags.yes && !(await terminal.confirm(question))) throw new CliError('Nothing was sent.', 2);
  await client.call('getInstrument', { path: { symbol: flags.symbol } });
  using interrupted = interruption();
  const result = await runLoadTest({
    ...{ client, rate, seconds, rows, inFlight, symbol: flags.symbol, signal: interrupted.signal },
    gzip: !isLoopback(client.url),
    onSecond: (line) => terminal.note(line),
  });
  if (flags.json) {
    terminal.print(JSON.stringify(result));
    return;
  }
  for (const line of resultLines(result, rate)) terminal.print(line);
}

function positive(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw usageError(`${text} is not a positive integer`);
  return Number(text);
}

function resultLines(result: LoadResult, rate: number): string[] {
  const { storedRows, seconds, latencyMs, problems, batchIds } = result;
  const achieved = Math.round(storedRows / seconds);
  const failed = Object.entries(problems).map(([code, times]) => `${code} ${times} times`);
  return [
    `${grouped(storedRows)} ticks stored in ${seconds.toFixed(1)} s: ${grouped(achieved)} of ${grouped(rate)} ticks/s requested.`,
    `From handing over to receipt: median ${latencyMs.p50} ms, 95th percentile ${latencyMs.p95} ms, 99th ${latencyMs.p99} ms, longest ${latencyMs.max} ms.`,
    failed.length === 0 ? 'No attempt failed.' : `Failed attempts, which were retried: ${failed.join(', ')}.`,
    batchIds === null ? 'No batch was stored.' : `Batches: ${batchIds[0]} to ${batchIds[1]}.`,
  ];
}
