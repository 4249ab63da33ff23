import { readdirSync, readFileSync } from 'node:fs';
import type pg from 'pg';

const TICKS_PER_SECOND = 100;

/** The fields of `/proc/PID/stat` that follow the name; the first is the state. */
const statOf = (pid: number | string): string[] =>
  readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];

/** Starts a measurement. The returned function gives the processor time since then, in milliseconds. */
export type ProcessorClock = () => () => number;

/**
 * The processor time of this process and of all processes of a server. Processes that have ended count in steps of 10 ms.
 * Other load on the machine affects it much less than elapsed time. Linux only.
 */
export async function processorClock(client: pg.Client): Promise<ProcessorClock> {
  const { rows } = await client.query('select pg_backend_pid() as pid');
  const server = statOf(rows[0].pid)[1] as string;
  const ofServer = () => {
    const [endedUser = 0, endedSystem = 0] = statOf(server).slice(13, 15).map(Number);
    const ended = ((endedUser + endedSystem) * 1000) / TICKS_PER_SECOND;
    return sessionsOf(server).reduce((sum, ms) => sum + ms, ended);
  };
  // reading /proc takes this process some milliseconds, which do not belong to the work
  return () => {
    const before = ofServer();
    const started = process.cpuUsage();
    return () => {
      const { user, system } = process.cpuUsage(started);
      return (user + system) / 1000 + ofServer() - before;
    };
  };
}

/** The processor time of each process of a server, without those that end meanwhile. Milliseconds. */
function sessionsOf(server: string): number[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      return statOf(pid)[1] === server
        ? [Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6]
        : [];
    } catch {
      return [];
    }
  });
}
