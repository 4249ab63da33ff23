import { readFileSync, rmSync } from 'node:fs';
import { type StopStep, stopOrphan } from './child-process.ts';
import { commandLine, identify } from './process-table.ts';

interface EarlierRunOptions {
  /** The server's name in messages. */
  readonly name: string;
  /** The first line of this file is the pid. */
  readonly pidFile: string;
  /** A text in the command line of our server and of no other program. */
  readonly mark: string;
  readonly steps: readonly StopStep[];
  readonly print: (line: string) => void;
}

/**
 * Stops the server of an earlier run that ended without stopping it (killed, or a crash), and removes its pid file.
 * Call it with the directory locked. If the pid now belongs to another program, that program is left alone.
 */
export async function stopServerOfEarlierRun(options: EarlierRunOptions): Promise<void> {
  const { name, pidFile, mark, print } = options;
  const pid = readPid(pidFile);
  if (pid === undefined) return;
  const found = identify(pid);
  if (found !== undefined && commandLine(pid)?.includes(mark)) {
    await stopOrphan({ ...options, process: found });
    print(`${name} (process ${pid}) was still running from an earlier run: stopped it`);
  } else if (found !== undefined) {
    print(`${pidFile} is left from a crash, and pid ${pid} now belongs to another program: removed the file`);
  }
  // Postgres would take a zombie, which in a container may never be reaped, for a live server, and refuse to start.
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
