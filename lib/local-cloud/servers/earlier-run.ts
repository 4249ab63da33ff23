import { readFileSync, rmSync } from 'node:fs';
import { type StopStep, stopOrphan } from './child-process.ts';
import { commandLine, identify } from './process-table.ts';

interface EarlierRunOptions {
  /** What messages call the server. */
  readonly name: string;
  /** Its first line is the pid. */
  readonly pidFile: string;
  /** Stands in the command line of our server and of no other program. */
  readonly mark: string;
  readonly steps: readonly StopStep[];
  readonly print: (line: string) => void;
}

/**
 * Stops the server of an earlier run that ended without stopping it (killed, or a crash), and removes its pid file.
 * Call it with the directory locked. Where the pid belongs to another program now, that program is not touched.
 */
export async function stopServerOfEarlierRun(options: EarlierRunOptions): Promise<void> {
  const { name, pidFile, mark, print } = options;
  const pid = readPid(pidFile);
  if (pid === undefined) return;
  const found = identify(pid);
  if (found !== undefined && commandLine(pid)?.includes(mark)) {
    await stopOrphan({ ...options, process: found });
    print(`${name} still ran (process ${pid}) from an earlier run that ended without stopping it: stopped it`);
  } else if (found !== undefined) {
    print(`${pidFile} is left from a crash, and its process ${pid} is another program now: removed the file`);
  }
  // Postgres would take a zombie, which nobody may ever reap in a container, for a live server, and refuse to start.
  rmSync(pidFile, { force: true });
}

function readPid(pidFile: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(pidFile, 'utf8'), 10);
    return Number.isInteger(pid) ? pid : undefined;
  } catch {
    return undefined;
  }
}
