import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/**
 * One run of one program. A pid alone does not identify it: the system reuses it once the program has ended.
 * `startedAt` is opaque. On Linux it is the boot id and the start in clock ticks, elsewhere the start time that `ps`
 * shows, in seconds.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startedAt: string;
}

const onLinux = process.platform === 'linux';

/** The process that has this pid now; undefined if there is none, or only a zombie that waits to be reaped. */
export function identify(pid: number): ProcessIdentity | undefined {
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  const startedAt = onLinux ? startFromProc(pid) : startFromPs(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** Whether exactly this run is still alive. */
export function isRunning(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startedAt === identity.startedAt;
}

/** Signals exactly this run. Nothing happens if it has ended. */
export function sendSignal(target: ProcessIdentity | undefined, signal: NodeJS.Signals): void {
  if (target === undefined || !isRunning(target)) return;
  try {
    process.kill(target.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * The program and its arguments; undefined if the process has ended or is hidden from us. Without /proc the arguments
 * are one string, so search it for a path rather than compare whole arguments.
 */
export function commandLine(pid: number): string | undefined {
  if (!onLinux) return ps(pid, 'command=');
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return undefined;
  }
}

/** Processes whose working directory is this one. Linux only; elsewhere the result is always empty. */
export function processesIn(directory: string): number[] {
  if (!onLinux) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && workingDirectory(name) === directory)
    .map(Number);
}

function workingDirectory(pid: string): string | undefined {
  try {
    return readlinkSync(join('/proc', pid, 'cwd'));
  } catch {
    return undefined;
  }
}

function startFromProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The program's name, field 2, may contain spaces and brackets, so fields are counted from its last bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, startTicks] = [fields[0], fields[19]];
    if (state === 'Z' || state === 'X') return undefined;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${startTicks}`;
  } catch {
    return undefined;
  }
}

function startFromPs(pid: number): string | undefined {
  const output = ps(pid, 'stat=,lstart=');
  if (output === undefined || output.startsWith('Z')) return undefined;
  return output.replace(/^\S+\s+/, '');
}

function ps(pid: number, columns: string): string | undefined {
  try {
    const env = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
    const args = ['-ww', '-o', columns, '-p', String(pid)];
    const output = execFileSync('ps', args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    return output === '' ? undefined : output;
  } catch {
    return undefined;
  }
}
