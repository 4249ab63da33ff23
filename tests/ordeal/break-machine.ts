import { writeFileSync } from 'node:fs';
import { type Broken, type Disturbances, functionProcesses, nothing, runOn, sendSignal } from './fault.ts';

/** By how much a clock steps. Milliseconds: what NTP corrects, what a wrong time zone does, and a day. */
const STEPS = [900, 5_000, 60_000, 3_600_000, 86_400_000] as const;

/** What happens to functions' processes, and to the machine: its disk and its clock. */
export function breakMachine({ database, clockFile }: Broken): Disturbances {
  const { disk } = database;
  return {
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
    'the functions’ clock steps': async (random) => {
      writeFileSync(clockFile, String(random.pick(STEPS) * random.pick([1, -1])));
      return async () => writeFileSync(clockFile, '0');
    },
    ...(disk === undefined
      ? {}
      : {
          'disk full': async () => {
            disk.fill();
            return async () => {
              disk.makeRoom();
              await database.revivePostgres();
            };
          },
          // a new segment of the write-ahead log finds no room: PostgreSQL ends, and does not come up while that lasts
          'disk of the write-ahead log full': async () => {
            disk.fill();
            const switching = Array.from({ length: 8 }, () => [
              'select pg_current_xact_id()',
              'select pg_switch_wal()',
            ]);
            await runOn(database.superuserUrl, ...switching.flat()).catch(nothing);
            return async () => {
              disk.makeRoom();
              await database.revivePostgres();
            };
          },
        }),
  };
}
