import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { identify, type ProcessIdentity } from '../../servers/process-table.ts';
import { names, pooler } from './start-servers.ts';

const servers = join(import.meta.dirname, '..', '..', 'servers');

/** Starts both servers, prints their pids and then the owner's URL, for a test to read. */
export const startBoth = `
  const postgres = await startPostgres({ dataDirectory, names, print });
  const bouncer = await startPgBouncer({ dataDirectory, postgres, pooler, print });
  console.log(postgres.pid, bouncer.pid);
  console.log(postgres.ownerUrl)`;

/** A process of its own, because ours must outlive what happens to it. */
export function startChild(code: string, dataDirectory: string): ChildProcess {
  const imports = `
    import { startPostgres } from ${JSON.stringify(join(servers, 'postgres.ts'))};
    import { startPgBouncer } from ${JSON.stringify(join(servers, 'pgbouncer.ts'))};
    const names = ${JSON.stringify(names)};
    const pooler = ${JSON.stringify(pooler)};
    const dataDirectory = ${JSON.stringify(dataDirectory)};
    const print = () => undefined;`;
  const args = ['--input-type=module', '-e', `${imports}\n${code}`];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

export async function run(code: string, dataDirectory: string): Promise<{ stderr: string }> {
  const child = startChild(code, dataDirectory);
  if (child.stderr === null) throw new Error('the child has no stderr');
  return { stderr: await text(child.stderr) };
}

const readers = new WeakMap<ChildProcess, AsyncIterator<string>>();

export async function linesOf(child: ChildProcess, count: number): Promise<string[]> {
  if (child.stdout === null) throw new Error('the child has no stdout');
  const reader = readers.get(child) ?? createInterface(child.stdout)[Symbol.asyncIterator]();
  readers.set(child, reader);
  const lines: string[] = [];
  while (lines.length < count) {
    const { value, done } = await reader.next();
    if (done) throw new Error(`the child ended: ${child.stderr === null ? '' : await text(child.stderr)}`);
    lines.push(value);
  }
  return lines;
}

export async function pidsOf(child: ChildProcess): Promise<ProcessIdentity[]> {
  const [line] = await linesOf(child, 1);
  const found = String(line)
    .split(' ')
    .map((pid) => identify(Number(pid)));
  return found.filter((identity) => identity !== undefined);
}
