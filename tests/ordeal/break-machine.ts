import { writeFileSync } from 'node:fs';
import { sendSignal } from '../support/send-signal.ts';
import { type Broken, type Disturbances, functionProcesses, nothing, type PlacedDisturbances, runOn } from './fault.ts';

/** By how much a clock steps. Milliseconds: what NTP corrects, what a wrong time zone does, and a day. */
const STEPS = [900, 5_000, 60_000, 3_600_000, 86_400_000] as const;

/** What happens to functions' processes and to their clock. */
export function breakFunctions({ clockFile }: Broken): PlacedDisturbances {
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

/** What happens to PostgreSQL's disk; nothing if this account may not mount one. */
export function breakDisk({ database }: Broken): Disturbances {
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
    // a new segment of the write-ahead log finds no room: PostgreSQL ends, and does not come up while that lasts
    'disk of the write-ahead log full': async () => {
      disk.fill();
      const switching = Array.from({ length: 8 }, () => ['select pg_current_xact_id()', 'select pg_switch_wal()']);
      await runOn(database.superuserUrl, ...switching.flat()).catch(nothing);
      return makeRoom;
    },
  };
}

/** What hits several at once: power that fails, or an account that ends all its processes. What is stored stays. */
export function breakEverything({ database, front }: Broken, hasPooler: boolean): Disturbances {
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
