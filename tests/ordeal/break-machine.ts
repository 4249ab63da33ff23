import { writeFileSync } from 'node:fs';
import { sendSignal } from '../support/send-signal.ts';
import {
  type FaultTargets,
  functionProcesses,
  type Injections,
  nothing,
  type PlacedInjections,
  runOn,
} from './fault.ts';

/** By how much a clock steps: steps as NTP makes them, the error of a wrong time zone, and a day. Milliseconds. */
const STEPS = [900, 5_000, 60_000, 3_600_000, 86_400_000] as const;

/** Faults of the functions' processes and of their clock. */
export function breakFunctions({ clockFile }: FaultTargets): PlacedInjections {
  return {
    functions: {
      'functions killed': async (random) => {
        for (const pid of functionProcesses()) if (random.below(2) === 0) sendSignal(pid, 'SIGKILL');
        return nothing;
      },
      'functions frozen': async () => {
        const pids = functionProcesses();
        for (const pid of pids) sendSignal(pid, 'SIGSTOP');
        return async () => {
          for (const pid of pids) sendSignal(pid, 'SIGCONT');
        };
      },
    },
    clock: {
      'the functions’ clock steps': async (random) => {
        writeFileSync(clockFile, String(random.pick(STEPS) * random.pick([1, -1])));
        return async () => writeFileSync(clockFile, '0');
      },
    },
  };
}

/** Faults of PostgreSQL's disk. None if this account may not mount a disk. */
export function breakDisk({ database }: FaultTargets): Injections {
  const { disk } = database;
  if (disk === undefined) return {};
  const makeRoom = async () => {
    disk.makeRoom();
    await database.revivePostgres();
  };
  return {
    'disk full': async () => {
      disk.fill();
      return makeRoom;
    },
    // there is no room for a new segment of the write-ahead log: PostgreSQL exits, and cannot start until there is
    'disk of the write-ahead log full': async () => {
      disk.fill();
      const switching = Array.from({ length: 8 }, () => ['select pg_current_xact_id()', 'select pg_switch_wal()']);
      await runOn(database.superuserUrl, ...switching.flat()).catch(nothing);
      return makeRoom;
    },
  };
}

/** Faults of several parts at once, such as a power failure. What is stored on disk stays. */
export function breakEverything({ database, front }: FaultTargets, hasPooler: boolean): Injections {
  const killFunctions = () => {
    for (const pid of functionProcesses()) sendSignal(pid, 'SIGKILL');
  };
  return {
    'PostgreSQL and functions killed': async () => {
      killFunctions();
      await database.killPostgres('SIGKILL');
      return database.revivePostgres;
    },
    'everything killed': async () => {
      front.cutAll();
      killFunctions();
      database.killAllPostgres();
      if (hasPooler) await database.killPooler();
      return async () => {
        await database.revivePostgres();
        if (hasPooler) await database.startPooler();
      };
    },
  };
}
