import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A Tick Store that runs like `npm start`, on its own data directory. */
export interface StartedService {
  readonly url: string;
  /** Its process, the parent of all others. */
  readonly pid: number;
  /** Sends JSON, or bytes of a media type, and returns the response's JSON. @throws Error for a status of 400 or more */
  send(method: string, path: string, body: unknown, type?: string): Promise<Record<string, unknown>>;
  read(path: string): Promise<Record<string, unknown>>;
  stop(): Promise<void>;
}

const PROJECT = join(import.meta.dirname, '..', '..');

/**
 * @param settings environment variables besides port and data directory
 * @throws Error with what it printed, if it does not start
 */
export async function startAsCommand(settings: Readonly<Record<string, string>> = {}): Promise<StartedService> {
  const directory = mkdtempSync(join(tmpdir(), 'tick-store-command-'));
  // mkdtemp allows only its owner; under root, another account runs the servers and must be able to enter
  chmodSync(directory, 0o711);
  const child = spawn(process.execPath, ['bin/local.ts'], {
    cwd: PROJECT,
    env: { ...settings, PATH: process.env['PATH'], PORT: '0', DATA_DIR: join(directory, 'data') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close');
  let printed = '';
  const url = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        printed += chunk;
        const [, found] = /^Tick Store ready at (\S+)$/m.exec(printed) ?? [];
        if (found !== undefined) resolve(found);
      });
    child.once('close', () => reject(new Error(`It ended before it was ready:\n${printed}`)));
  });
  const json = async (response: Response) => {
    const value = (await response.json()) as Record<string, unknown>;
    if (response.status >= 400)
      throw new Error(`${response.url} responded ${response.status}: ${JSON.stringify(value)}`);
    return value;
  };
  return {
    url,
    pid: child.pid as number,
    send: async (method, path, body, type = 'application/json') =>
      json(
        await fetch(`${url}${path}`, {
          method,
          headers: { 'content-type': type },
          body: body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body),
        }),
      ),
    read: async (path) => json(await fetch(`${url}${path}`)),
    stop: async () => {
      child.kill('SIGINT');
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
