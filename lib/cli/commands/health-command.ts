import type { Command } from 'commander';
import type { HealthSample } from '../../client/index.ts';
import { type ConnectionOptions, clientOf, withConnection } from '../store/connection.ts';
import { EXIT } from '../terminal/cli-error.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** `tick-store health`: prints the store's health and reports it by the exit code. */
export function addHealth(program: Command, terminal: Terminal): void {
  const command = program
    .command('health')
    .summary('print the health of the store')
    .description(
      "Prints the health of the store from the probe's last sample. The exit code is 1 unless the store is healthy or has only warnings.",
    );
  withConnection(command)
    .addHelpText('after', '\nExamples:\n  tick-store health\n  tick-store health --json | jq .sample.pool')
    .action(async (flags: ConnectionOptions & { json?: true }) => {
      const { status: code, body } = await clientOf(flags).reply('getHealth', {});
      if (code !== 200) terminal.exitCode = EXIT.failed;
      if (flags.json) {
        terminal.print(JSON.stringify(body));
        return;
      }
      terminal.print(`${body.status}${body.ageSeconds === null ? '' : `, ${Math.round(body.ageSeconds)} s ago`}`);
      for (const alert of body.alerts) terminal.print(alert);
      for (const line of sampleLines(body.sample)) terminal.print(line);
    });
}

const or = (value: number | null, unit = ''): string =>
  value === null ? 'unknown' : `${Math.round(value * 10) / 10}${unit}`;

function sampleLines(sample: HealthSample | null): string[] {
  if (sample === null) return ['No sample has been taken yet.'];
  const { pool, performance, database, runwayDays } = sample;
  return [
    `Pool: ${or(pool.inUse)} of ${pool.maxConnections} connections in use, ${or(pool.waiting)} clients waiting`,
    `Ingest: ${or(performance.insertRatePerSecond)} rows/s; queries: ${or(performance.queryMs.p95, ' ms')} at the 95th percentile`,
    `Database: ${or(database.sizeMb, ' MB')}, ${or(database.connections)} connections; partitions for ${or(runwayDays, ' days')}`,
  ];
}
