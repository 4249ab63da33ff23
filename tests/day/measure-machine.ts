import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Monitor } from '@tick-store/local-cloud';

/** The resources that a running service uses, without its database. */
export interface MachineUse {
  /** Files of the state directory, including logs, but without PostgreSQL's. */
  readonly files: number;
  readonly logBytes: Readonly<Record<string, number>>;
  /** Lines that the functions wrote since the start of the log. */
  readonly functionLines: number;
  readonly functionProcesses: number;
  /** The resident memory of all processes together. Bytes. */
  readonly functionBytes: number;
  /** The heap of the process with the gateway, alarms and schedules, after a garbage collection. Bytes. */
  readonly gatewayBytes: number;
  readonly messages: number;
  /** Undelivered messages in queues. */
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
  // first, because the following steps read whole files
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

/** Child processes that run functions. Linux only: without /proc nothing is measured. */
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
      // the process has ended meanwhile
      return [];
    }
  });
}
