import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TickRow } from '../batches.ts';

/** The benchmark's own InfluxDB 1.x, in a temporary directory and on free ports. */
export interface InfluxDb {
  /** `InfluxDB v1.6.7` */
  readonly version: string;
  /** The URL for points in line protocol with nanoseconds. */
  readonly writeUrl: string;
  /** The number of stored points. */
  count(): Promise<number>;
  stop(): Promise<void>;
}

const HOW_TO_GET_IT = 'apt-get install influxdb (Debian 12 has 1.6.7)';
const START_TIMEOUT_MS = 60_000;

/**
 * The default settings, except addresses and directories. Every write is in the WAL and synced (wal-fsync-delay) before its
 * response.
 */
const configuration = (directory: string): string => `
reporting-disabled = true
bind-address = "127.0.0.1:0"
[meta]
  dir = "${directory}/meta"
[data]
  dir = "${directory}/data"
  wal-dir = "${directory}/wal"
  wal-fsync-delay = "0s"
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:0"
  log-enabled = false
`;

/** Starts InfluxDB. @returns a line with the reason if `influxd` is not on the PATH. @throws Error if it does not start */
export async function startInfluxDb(): Promise<InfluxDb | string> {
  const version = versionOfInfluxd();
  if (version === undefined) return `InfluxDB is not on the PATH, so it is not compared: ${HOW_TO_GET_IT}`;
  const directory = mkdtempSync(join(tmpdir(), 'tick-store-influxdb-'));
  const file = join(directory, 'influxdb.conf');
  writeFileSync(file, configuration(directory));
  const child = spawn('influxd', ['-config', file], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    let printed = '';
    const port = await new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`influxd is not ready:\n${printed}`)), START_TIMEOUT_MS);
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk: Buffer) => {
          if (printed.length < 100_000) printed += chunk;
          const [, found] = /Listening on HTTP.*?addr=127\.0\.0\.1:(\d+)/.exec(printed) ?? [];
          if (found === undefined) return;
          clearTimeout(timer);
          resolve(found);
        });
      child.once('close', () => {
        clearTimeout(timer);
        reject(new Error(`influxd ended:\n${printed}`));
      });
    });
    const url = `http://127.0.0.1:${port}`;
    await query(url, 'create database ticks', 'POST');
    const count = async () => {
      const { results } = await query(url, 'select count(price) from market_data', 'GET');
      return Number(results[0]?.series?.[0]?.values[0]?.[1] ?? 0);
    };
    return { version, writeUrl: `${url}/write?db=ticks&precision=ns`, count, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function versionOfInfluxd(): string | undefined {
  try {
    return execFileSync('influxd', ['version'], { encoding: 'utf8' }).split(' (')[0]?.trim();
  } catch {
    return undefined;
  }
}

interface InfluxResponse {
  readonly results: readonly {
    readonly error?: string;
    readonly series?: readonly { readonly values: readonly (readonly unknown[])[] }[];
  }[];
}

async function query(url: string, text: string, method: 'GET' | 'POST'): Promise<InfluxResponse> {
  const response = await fetch(`${url}/query?db=ticks&q=${encodeURIComponent(text)}`, { method });
  const body = (await response.json()) as InfluxResponse;
  const error = body.results[0]?.error;
  if (!response.ok || error !== undefined) throw new Error(`InfluxDB: ${error ?? response.status}`);
  return body;
}

/** Rows in line protocol: the symbol is a tag, every number a field. */
export const asLineProtocol = (rows: readonly TickRow[]): string =>
  rows
    .map(({ timestamp, symbol, ...fields }) => {
      const values = Object.entries(fields).map(([name, value]) => `${name}=${value}`);
      return `market_data,symbol=${symbol} ${values.join(',')} ${Date.parse(timestamp)}000000`;
    })
    .join('\n');
