import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startBenchmarkDatabase } from '../support.ts';

/** Starts the minimal service, on its own Postgres and PgBouncer. */
export interface BareServer {
  readonly url: string;
  stop(): Promise<void>;
}

const PROGRAM = fileURLToPath(new URL('./bare-server.ts', import.meta.url));

/** @throws Error if it ends before it listens */
export async function startBareServer(): Promise<BareServer> {
  const database = await startBenchmarkDatabase();
  const child = spawn(process.execPath, [PROGRAM], {
    env: { PATH: process.env['PATH'], DATABASE_URL: database.appUrl },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  const first = await Promise.race([once(child.stdout, 'data'), ended.then(() => undefined)]);
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    await database.stop();
  };
  if (first === undefined) {
    await stop();
    throw new Error('The bare server ended before it listened');
  }
  return { url: `http://127.0.0.1:${String(first[0]).trim()}`, stop };
}
