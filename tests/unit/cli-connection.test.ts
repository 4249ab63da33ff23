import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { clientOf, isLoopback, regionOf } from '../../lib/cli/store/connection.ts';
import { writeRunning } from '../../lib/local/running-file.ts';
import { runCli } from '../support/cli.ts';

describe('the store’s URL', () => {
  const nowhere = { DATA_DIR: '/nonexistent' };
  test.each([
    [{}, nowhere, 'http://127.0.0.1:3000'],
    [{}, { ...nowhere, TICK_STORE_URL: 'https://x.example' }, 'https://x.example'],
    [{ url: 'http://127.0.0.1:4000/v1/' }, { TICK_STORE_URL: 'https://x.example' }, 'http://127.0.0.1:4000'],
  ])('of %j and %j is %s', (options, variables, url) => {
    expect(clientOf(options, variables).url).toBe(url);
  });

  test('is that of npm start by default, at any port', () => {
    const directory = mkdtempSync(join(tmpdir(), 'tick-store-connection-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    writeRunning(directory, 'http://127.0.0.1:4321');
    expect(clientOf({}, { DATA_DIR: directory }).url).toBe('http://127.0.0.1:4321');
  });

  test.each([
    [{ url: 'localhost' }, 'is not a URL'],
    [{ url: 'http://x', profile: 'p' }, '--profile requires --region'],
    [{ url: 'http://x', profile: 'p', token: 't' }, 'exclude each other'],
  ])('%j is refused', (options, message) => {
    expect(() => clientOf(options, {})).toThrow(message);
  });

  test('has its region in the name of the API', () => {
    expect(regionOf('https://abc.execute-api.eu-west-1.amazonaws.com/x')).toBe('eu-west-1');
    expect(regionOf('https://ticks.example')).toBeUndefined();
  });

  test.each([
    ['http://127.0.0.1:3000', true],
    ['http://localhost:3000', true],
    ['http://[::1]:3000', true],
    ['https://localhost.example', false],
  ])('%s is on this machine: %s', (url, expected) => {
    expect(isLoopback(url)).toBe(expected);
  });
});

describe('tick-store alarms', () => {
  const alarm = {
    name: 'x-down',
    state: 'ALARM',
    since: '2026-01-01T00:00:00Z',
    reason: 'Threshold Crossed',
    kind: 'metric',
  };
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify(request.url === '/_local/alarms' ? [alarm, { ...alarm, name: 'x-slow', state: 'OK' }] : {}),
    );
  });
  afterEach(() => server.close());

  test('prints the alarms in ALARM with their reason, or all alarms', async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { output } = await runCli(['alarms', '--url', url]);
    expect(output.split('\n').at(-1)).toMatch(/^ALARM +2026-01-01T00:00:00Z +x-down +Threshold Crossed$/);
    expect(output).not.toContain('x-slow');
    expect(JSON.parse((await runCli(['alarms', '--all', '--json', '--url', url])).output)).toHaveLength(2);
  });
});
