import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startServer, until } from '../servers/child-process.ts';

const LINES = 20_000;
const SCRIPT = `n=0; while [ $n -lt ${LINES} ]; do n=$((n+1)); echo line $n; done; while :; do echo over; sleep 0.05; done`;

test('the log of a running server does not fill the disk, keeps its newest lines, and cuts none', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'tick-store-log-'));
  const logFile = join(directory, 'server.log');
  const server = await startServer({
    ...{ name: 'writer', executable: '/bin/sh', args: ['-c', SCRIPT] },
    ...{ workingDirectory: directory, user: undefined, logFile, signalAtExit: 'SIGKILL' },
    logBound: { mostBytes: 10_000, lookEveryMs: 5 },
  });
  onTestFinished(async () => {
    await server.stop([{ signal: 'SIGKILL', waitMs: 10_000 }], () => undefined);
    rmSync(directory, { recursive: true });
  });
  const text = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : '');
  const isCalm = () => text(logFile).endsWith('over\n') && statSync(logFile).size <= 10_000;
  expect(await until(isCalm, 15_000)).toBe(true);
  expect(text(`${logFile}.previous`)).toMatch(/^line \d+$/m);
  const kept = `${text(`${logFile}.previous`)}${text(logFile)}`;
  expect(kept.split('\n').filter((line) => !/^(line \d+|over|)$/.test(line)).length).toBeLessThanOrEqual(2);
  expect(kept).not.toContain('\0');
});
