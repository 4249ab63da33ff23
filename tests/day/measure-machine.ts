import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Monitor } from '@tick-store/local-cloud';

/** What a running service takes of the machine besides its database. */
export interface MachineUse {
  /** Files of the state directory outside PostgreSQL's own, logs included. */
  readonly files: number;
  readonly logBytes: Readonly<Record<string, number>>;
  /** Lines that the functions wrote since the log began. */
  readonly functionLines: number;
  readonly functionProcesses: number;
  /** Resident, of all of them. Bytes. */
  readonly functionBytes: number;
  /** The heap of the process that is gateway, alarms and schedules, after a garbage collection. Bytes. */
  readonly gatewayBytes: number;
  readonly messages: number;
  /** In queues: what could not be delivered. */
  readonly queued: number;
  readonly metrics: number;
  readonly metricSamples: number;
}

const LOGS = ['functions.log', 'postgres.log', 'pgbouncer/pgbouncer.log'];
const PAGE_BYTES = 4096;

/** @param directory where the service keeps its files */
export function measureMachine(directory: string, monitor: Monitor, now: number): MachineUse {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  // first, because what follows reads whole files
  const gatewayBytes = process.memoryUsage().heapUsed;
  const processes = functionProcesses();
  const metrics = monitor.metrics.list();
  return {
    files: filesIn(directory),
    logBytes: Object.fromEntries(LOGS.map((name) => [name, statSync(join(directory, name)).size])),
    functionLines: readFileSync(join(directory, 'functions.log'), 'utf8').split('\n').length - 1,
    functionProcesses: processes.length,
    functionBytes: processes.reduce((total, { bytes }) => total + bytes, 0),
    gatewayBytes,
    messages: monitor.sns.messages().length,
    queued: [...monitor.queues.values()].reduce((total, queue) => total + queue.messages(now).length, 0),
    metrics: metrics.length,
    metricSamples: metrics.reduce((total, { samples }) => total + samples, 0),
  };
}

function filesIn(directory: string): number {
  return readdirSync(directory, { withFileTypes: true })
    .filter(({ name }) => name !== 'postgres')
    .reduce((total, entry) => total + (entry.isDirectory() ? filesIn(join(directory, entry.name)) : 1), 0);
}

/** Children of this process that run functions. Linux only: elsewhere there is no /proc, and nothing is measured. */
function functionProcesses(): { bytes: number }[] {
  let names: string[];
  try {
    names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
  return names.flatMap((pid) => {
    try {
      const parent = /\) \S (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
      if (parent !== String(process.pid)) return [];
      if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('environment-process')) return [];
      return [{ bytes: Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES }];
    } catch {
      // it has ended meanwhile
      return [];
    }
  });
}
