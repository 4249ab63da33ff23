import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { dataDirectory, endWhatStarts, expectAllEnded, root, start, tick } from '../support/npm-start.ts';

// A start takes 2 s, or 6 s where the app must be synthesised first; a busy machine may take many times that.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 30_000 });

endWhatStarts();

describe('npm start', () => {
  test('prints on one screen that it is ready and a command that works, and Ctrl-C stops everything', async () => {
    const service = await start({ args: ['--fresh'] }).ready();
    expect(service.stdout.match(/^Tick Store ready at http:\/\/127\.0\.0\.1:\d+$/gm)).toHaveLength(1);
    expect(service.stdout).toContain('Added instruments: ES NQ YM CL GC SPX NDX RUT VIX TICK ADD TRIN');
    expect(service.stdout.split('\n').length).toBeLessThan(25);
    await service.prints(/^curl .*\n/m);
    expect(service.commands).toHaveLength(1);
    const [command = ''] = service.commands;
    const run = () => JSON.parse(execFileSync('bash', ['-c', `${command} --fail-with-body`], { encoding: 'utf8' }));
    expect(run()).toMatchObject({ received: 2, inserted: 2 });
    expect(run()).toMatchObject({ received: 2, inserted: 2 });
    expect(await service.prices('ES')).toEqual([4300.25, 4300]);

    const processes = service.processes();
    expect(processes.filter(({ command }) => command.includes(dataDirectory)).length).toBeGreaterThanOrEqual(2);
    expect(await service.stop()).toBe(0);
    expect(service.stderr).toBe('');
    await expectAllEnded(processes);
  });

  test('--demo sends ticks of all twelve instruments', async () => {
    // a directory of its own: the other tests count what is stored
    const service = await start({ args: ['--demo'], env: { DATA_DIR: join(root, 'demo') } }).ready();
    const symbols = 'ES,NQ,YM,CL,GC,SPX,NDX,RUT,VIX,TICK,ADD,TRIN';
    const newest = (body: Record<string, unknown>) =>
      Object.values(body['data'] as Record<string, { id: number } | null>);
    await service.shows(`/v1/market-data/latest?symbols=${symbols}`, (body) =>
      newest(body).every((tick) => tick !== null),
    );
    const first = newest(await service.read(`/v1/market-data/latest?symbols=${symbols}`)).map((tick) => tick?.id);
    await service.shows(`/v1/market-data/latest?symbols=${symbols}`, (body) =>
      newest(body).every((tick, i) => tick?.id !== first[i]),
    );
    expect(await service.stop()).toBe(0);
    expect(service.stderr).toBe('');
  });

  test('keeps rows and changed instruments, and refuses a second start on the same data', async () => {
    const service = await start().ready();
    const body = JSON.stringify({ name: 'Mine', type: 'future', priceDecimals: 1 });
    const headers = { 'content-type': 'application/json' };
    const changed = await fetch(`${service.url}/v1/instruments/ES`, { method: 'PUT', headers, body });
    expect(changed.status).toBe(200);
    expect(await service.ingest([tick('NQ', 1), tick('NQ', 2)])).toBe(200);

    const second = start();
    expect(await second.exited).toBe(1);
    expect(second.stderr).toMatch(/^Tick Store: \S+ is in use by process \d+ \(.*\): stop that one first.*\n$/);
    expect(await service.prices('NQ')).toHaveLength(2);
    expect(await service.stop('SIGTERM')).toBe(0);

    const again = await start().ready();
    expect(again.stdout).not.toContain('Added instruments');
    expect((await again.prices('NQ')).sort()).toEqual([1, 2]);
    const instrument = await fetch(`${again.url}/v1/instruments/ES`);
    expect(await instrument.json()).toMatchObject({ id: 1, name: 'Mine', priceDecimals: 1 });
  });

  test('starts again after SIGKILL with every row that was acknowledged', async () => {
    const service = await start().ready();
    expect(await service.ingest([tick('YM', 3)])).toBe(200);
    const processes = service.processes();
    await service.stop('SIGKILL');
    const again = await start().ready();
    await expectAllEnded(processes);
    expect(await again.prices('YM')).toEqual([3]);
  });

  test('lets a running request finish', async () => {
    const service = await start().ready();
    const headers = { 'content-type': 'application/json', expect: '100-continue' };
    const upload = request(`${service.url}/v1/market-data`, { method: 'POST', headers });
    upload.flushHeaders();
    await once(upload, 'continue');
    const exited = service.stop();
    await service.prints(/^Stopping$/m);
    upload.end(JSON.stringify({ records: [tick('CL', 4)] }));
    const [response] = (await once(upload, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(200);
    response.resume();
    expect(await exited).toBe(0);
  });

  test('a signal during the start stops it too', async () => {
    const service = start();
    await service.prints(/^Data: /m);
    expect(await service.stop()).toBe(0);
    expect(service.stderr).toBe('');
    expect(service.stdout).not.toContain('ready');
  });

  test('a second Ctrl-C does not wait for a request that hangs', async () => {
    const service = await start().ready();
    const processes = service.processes();
    process.kill(service.pidOf('pgbouncer.ini'), 'SIGSTOP');
    const hanging = service.prices('ES').catch(() => 'cut off');
    // a request that came later has its response, so the first one is under way
    await service.read('/_local/functions');
    service.child.kill('SIGINT');
    await service.prints(/^Stopping$/m);
    expect(service.child.exitCode).toBe(null);
    // one that follows at once is npm's copy of the first
    const again = setInterval(() => service.child.kill('SIGINT'), 100);
    onTestFinished(() => clearInterval(again));
    expect(await service.exited).toBe(130);
    expect(await hanging).toBe('cut off');
    await expectAllEnded(processes, 5_000);
  });

  test('--fresh deletes all data', async () => {
    const service = await start({ args: ['--fresh'] }).ready();
    expect(service.stdout).toContain('Added instruments: ES');
    expect(await service.prices('YM')).toEqual([]);
  });
});

describe('npm start runs the template', () => {
  test('lists what it does not run, measures its health on schedule, and shows alarms and messages next to the API', async () => {
    const service = await start().ready();
    expect(service.stdout).toMatch(/^Stack tick-store, .*; RDS Proxy on port \d+, the cluster on port \d+$/m);
    await service.shows('/_local/metrics', (all) => JSON.stringify(all).includes('"ProbeUp"'));
    await service.shows('/v1/health', ({ status }) => status === 'healthy');
    const config = await service.read('/v1/config');
    expect(config).toMatchObject({ configuration: { backend: 'proxy', pooler: { baseConnections: 20 } } });

    const shown = async (name: string) =>
      (await service.read(`/_local/${name}`)) as unknown as Record<string, unknown>[];
    const resources = await shown('resources');
    expect(resources).toContainEqual(
      expect.objectContaining({ type: 'AWS::CodeDeploy::DeploymentGroup', treatment: 'not emulated' }),
    );
    const alarms = await shown('alarms');
    expect(alarms.filter(({ state }) => state === 'ALARM')).toEqual([]);
    expect(alarms.map(({ name }) => name)).toContain('tick-store-probe-silent-critical');
    const metrics = await shown('metrics');
    expect(metrics).toContainEqual(
      expect.objectContaining({
        namespace: 'AWS/Lambda',
        name: 'Invocations',
        dimensions: { FunctionName: 'tick-store-read' },
      }),
    );
    expect(await shown('queues')).toEqual(
      ['tick-store-dead-letters', 'tick-store-undelivered-pages'].map((name) => ({
        ...{ name, visible: 0, inFlight: 0, delayed: 0 },
        messages: [],
      })),
    );
    expect((await shown('schedules')).map(({ name }) => name)).toContain('tick-store-probe-health');
    expect(await (await fetch(`${service.url}/_local`)).text()).toContain('nothing in alarm');
    expect((await fetch(`${service.url}/_local/nothing`)).status).toBe(404);
  });

  test.each([
    ['postgres', 'NDX', /; PgBouncer on port \d+$/m],
    ['neon', 'RUT', /; Neon's endpoint at http:\S+$/m],
    ['data-api', 'VIX', /; the Data API at http:\S+$/m],
    // and back, on the same data
    ['proxy', 'TICK', /; RDS Proxy on port \d+, the cluster on port \d+$/m],
  ])('with --database %s it stores and reads, and prints the backend', async (backend, symbol, description) => {
    const service = await start({ args: backend === 'proxy' ? [] : ['--database', backend] }).ready();
    expect(service.stdout).toMatch(description);
    expect(await service.ingest([tick(symbol, 5)])).toBe(200);
    expect(await service.prices(symbol)).toEqual([5]);
    expect(await service.read('/v1/config')).toMatchObject({ configuration: { backend } });
    await service.shows('/_local/metrics', (all) => JSON.stringify(all).includes('"ProbeUp"'));
    await service.shows('/v1/health', ({ status }) => status === 'healthy');
    expect(await service.stop()).toBe(0);
    expect(service.stderr).toBe('');
  });

  test("a request above a function's reserved concurrency gets a 429, although processes of this machine are free", async () => {
    const service = await start({ env: { CONCURRENCY: '1' } }).ready();
    const pooler = service.pidOf('pgbouncer.ini');
    const functions = (await service.read('/_local/functions')) as unknown as Record<string, unknown>[];
    const restore = functions.find(({ name }) => name === 'tick-store-restore');
    expect(restore).toMatchObject({ reservedConcurrency: 5 });
    process.kill(pooler, 'SIGSTOP');
    const body = JSON.stringify({ ids: [1], reason: 'test' });
    const headers = { 'content-type': 'application/json' };
    const requests = Array.from({ length: 6 }, async () => {
      const response = await fetch(`${service.url}/v1/market-data/restorations`, { method: 'POST', headers, body });
      await response.text();
      return response.status;
    });
    expect(await Promise.race(requests)).toBe(429);
    process.kill(pooler, 'SIGCONT');
    const statuses = await Promise.all(requests);
    expect(statuses.filter((status) => status === 429)).toHaveLength(1);
  });
});
