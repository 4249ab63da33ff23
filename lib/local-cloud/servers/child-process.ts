import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { boundLog, type LogBound } from './bound-log.ts';
import { identify, isRunning, type ProcessIdentity, sendSignal } from './process-table.ts';
import { asUser, type ServerUser } from './unprivileged-user.ts';

/** A signal, and how long to wait for the process to end before the next. */
export interface StopStep {
  readonly signal: NodeJS.Signals;
  readonly waitMs: number;
}

export interface ServerProcess {
  readonly pid: number;
  /** The exit code, or null if a signal ended it. */
  readonly exited: Promise<number | null>;
  hasExited(): boolean;
  /** Sends the signals one after another until the process has ended. @throws Error if none of them ended it */
  stop(steps: readonly StopStep[], print: (line: string) => void): Promise<void>;
}

interface ServerOptions {
  /** The server's name in messages. */
  readonly name: string;
  readonly executable: string;
  readonly args: readonly string[];
  readonly workingDirectory: string;
  readonly user: ServerUser | undefined;
  /** Both output streams are appended to it. It does not grow beyond `logBound`. */
  readonly logFile: string;
  readonly logBound?: LogBound;
  readonly env?: Readonly<Record<string, string>>;
  /** Sent if our own process ends without having stopped this one. */
  readonly signalAtExit: NodeJS.Signals;
}

const runningAtExit = new Map<number, NodeJS.Signals>();

/**
 * Starts a server in its own session, so that a Ctrl-C in the terminal reaches only us, and we stop the servers in
 * order. It inherits none of our environment, which may contain credentials.
 * @throws Error if the program cannot be started
 */
export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  const log = openSync(options.logFile, 'a', 0o600);
  const child = spawn(options.executable, options.args, {
    cwd: options.workingDirectory,
    detached: true,
    stdio: ['ignore', log, log],
    env: { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC', ...options.env },
    ...asUser(options.user),
  });
  closeSync(log);
  const endBound = boundLog(options.logFile, options.logBound);
  let over = false;
  const exited = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => {
      over = true;
      endBound();
      if (child.pid !== undefined) runningAtExit.delete(child.pid);
      resolve(code);
    });
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) => {
      endBound();
      reject(new Error(`${options.name} cannot be started: ${cause.message}`, { cause }));
    });
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${options.name} cannot be started`);
  if (!over) stopAtExit(pid, options.signalAtExit);
  const stop: ServerProcess['stop'] = (steps, print) =>
    stopInSteps({
      name: options.name,
      steps,
      print,
      send: (signal) => child.kill(signal),
      endsWithin: async (waitMs) => over || (await endsWithin(exited, waitMs)),
    });
  return { pid, exited, hasExited: () => over, stop };
}

/** Stops a process that an earlier run left behind. @throws Error if no signal ended it */
export async function stopOrphan(options: {
  readonly name: string;
  readonly process: ProcessIdentity;
  readonly steps: readonly StopStep[];
  readonly print: (line: string) => void;
}): Promise<void> {
  const { name, steps, print } = options;
  await stopInSteps({
    name,
    steps,
    print,
    send: (signal) => sendSignal(options.process, signal),
    endsWithin: (waitMs) => until(() => !isRunning(options.process), waitMs),
  });
}

/** Checks a condition every 10 ms. @returns false when the time is up */
export async function until(condition: () => boolean, waitMs: number): Promise<boolean> {
  const deadline = performance.now() + waitMs;
  while (!condition()) {
    if (performance.now() > deadline) return false;
    await sleep(10);
  }
  return true;
}

/**
 * Keeps the log of the last run as `….previous` and starts an empty one for this run, so that logs cannot grow without
 * limit.
 */
export function rotateLog(logFile: string): void {
  if (existsSync(logFile)) renameSync(logFile, `${logFile}.previous`);
}

/** The last lines of a server's log, indented below an error's first line. */
export function lastLines(logFile: string, count = 12): string {
  try {
    const lines = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-count);
    return `The end of ${logFile}:\n  ${lines.join('\n  ')}`;
  } catch {
    return `It left no log at ${logFile}`;
  }
}

/** For messages: the exit code of a server, or that a signal ended it. */
export function howItEnded(code: number | null): string {
  return code === null ? 'by a signal' : `with exit code ${code}`;
}

async function stopInSteps(options: {
  readonly name: string;
  readonly steps: readonly StopStep[];
  readonly print: (line: string) => void;
  readonly send: (signal: NodeJS.Signals) => void;
  readonly endsWithin: (waitMs: number) => Promise<boolean>;
}): Promise<void> {
  if (await options.endsWithin(0)) return;
  for (const [index, { signal, waitMs }] of options.steps.entries()) {
    options.send(signal);
    if (await options.endsWithin(waitMs)) return;
    const next = options.steps[index + 1];
    const then = next === undefined ? 'giving up' : `sending ${next.signal}`;
    options.print(`${options.name} did not end within ${waitMs / 1000} s of ${signal}: ${then}`);
  }
  throw new Error(`${options.name} cannot be stopped: no signal ended it`);
}

async function endsWithin(exited: Promise<unknown>, waitMs: number): Promise<boolean> {
  const timer = new AbortController();
  const timeout = sleep(waitMs, false, { signal: timer.signal }).catch(() => false);
  const ended = await Promise.race([exited.then(() => true), timeout]);
  timer.abort();
  return ended;
}

function stopAtExit(pid: number, signal: NodeJS.Signals): void {
  if (!process.listeners('exit').includes(signalRunning)) process.on('exit', signalRunning);
  runningAtExit.set(pid, signal);
}

/** Runs at the end of a process, also after an uncaught error. Only synchronous calls work here. */
function signalRunning(): void {
  for (const [pid, signal] of runningAtExit) sendSignal(identify(pid), signal);
}
