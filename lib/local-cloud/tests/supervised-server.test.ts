import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Supervised } from '../servers/supervised-server.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface FakeServer {
  readonly port: number;
  readonly pid: number;
  readonly exited: Promise<void>;
  readonly stop: () => Promise<void>;
  readonly die: () => void;
}

let nextPid = 1;
function fakeServer(port: number): FakeServer {
  const { promise: exited, resolve: die } = Promise.withResolvers<void>();
  return { port, pid: nextPid++, exited, stop: vi.fn(async () => die()), die };
}

function supervise(restart: (dead: FakeServer) => Promise<FakeServer> = async ({ port }) => fakeServer(port)) {
  const printed: string[] = [];
  const print = (line: string) => void printed.push(line);
  const onGivenUp = vi.fn();
  const supervised = new Supervised(fakeServer(6432), { name: 'Pooler', restart: vi.fn(restart), print });
  supervised.watch(onGivenUp);
  return { supervised, printed, onGivenUp };
}

test('a server that dies is replaced at once, on its port, each time', async () => {
  const { supervised, printed, onGivenUp } = supervise();
  for (let death = 1; death <= 3; death++) {
    const { current } = supervised;
    current.die();
    await vi.advanceTimersByTimeAsync(6_000);
    expect(current.stop).toHaveBeenCalledTimes(1);
    expect(supervised.current).not.toBe(current);
    expect(supervised.current.port).toBe(6432);
  }
  expect(printed).toHaveLength(3);
  expect(printed[0]).toMatch(/^Pooler is running again on port 6432 \(process \d+\), 0\.0 s after it ended$/);
  expect(onGivenUp).not.toHaveBeenCalled();
});

test('a restart that fails is retried', async () => {
  let failures = 3;
  const { supervised, printed } = supervise(async ({ port }) => {
    if (failures-- > 0) throw new Error('the disk is full\nand a log');
    return fakeServer(port);
  });
  supervised.current.die();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(printed.slice(0, 3)).toEqual(
    [1, 2, 3].map((time) => `Pooler does not start (attempt ${time} of 20): the disk is full`),
  );
  expect(printed[3]).toContain('is running again on port 6432');
});

test('a server that cannot be restarted is given up with the reason', async () => {
  const { supervised, onGivenUp } = supervise(async () => {
    throw new Error('the disk is full');
  });
  supervised.current.die();
  await vi.advanceTimersByTimeAsync(100_000);
  const message = 'Pooler does not stay up after 20 restarts: the disk is full';
  expect(onGivenUp.mock.calls).toEqual([[new Error(message)]]);
  await supervised.stop();
});

test('a server that repeatedly starts and dies is given up, too', async () => {
  const { supervised, onGivenUp } = supervise(async ({ port }) => {
    const server = fakeServer(port);
    setTimeout(server.die, 100);
    return server;
  });
  supervised.current.die();
  await vi.advanceTimersByTimeAsync(100_000);
  const message = 'Pooler does not stay up after 20 restarts: it died repeatedly';
  expect(onGivenUp.mock.calls).toEqual([[new Error(message)]]);
});

test('a server that is stopped stays stopped', async () => {
  const { supervised, printed } = supervise();
  const { current } = supervised;
  await supervised.stop();
  await vi.advanceTimersByTimeAsync(100_000);
  expect(supervised.current).toBe(current);
  expect(printed).toEqual([]);
});

test('a stop waits for a restart in progress and stops the new server', async () => {
  const { supervised } = supervise(async ({ port }) => {
    await new Promise((resolve) => setTimeout(resolve, 500));
    return fakeServer(port);
  });
  const dead = supervised.current;
  dead.die();
  await vi.advanceTimersByTimeAsync(100);
  const stopped = supervised.stop();
  await vi.advanceTimersByTimeAsync(1_000);
  await stopped;
  expect(supervised.current).not.toBe(dead);
  expect(supervised.current.stop).toHaveBeenCalledTimes(1);
});

test('a stop does not wait for a pause between restarts', async () => {
  const { supervised, onGivenUp } = supervise(async () => {
    throw new Error('the disk is full');
  });
  supervised.current.die();
  await vi.advanceTimersByTimeAsync(20_000);
  await supervised.stop();
  expect(onGivenUp).not.toHaveBeenCalled();
});

test('a server that is kept down stays down until it is released, and then runs on its port', async () => {
  const { supervised, printed, onGivenUp } = supervise();
  const dead = supervised.current;
  const letGo = supervised.keepDown((server) => server.die());
  await vi.advanceTimersByTimeAsync(600_000);
  expect(supervised.current).toBe(dead);
  expect(() => supervised.keepDown(() => undefined)).toThrow('Pooler is already kept down');
  await Promise.all([letGo(), vi.advanceTimersByTimeAsync(1_000)]);
  expect(supervised.current).not.toBe(dead);
  expect(supervised.current.port).toBe(6432);
  expect(printed).toHaveLength(1);
  // and again, for a drill may be run twice
  const again = supervised.keepDown((server) => server.die());
  await vi.advanceTimersByTimeAsync(10_000);
  await Promise.all([again(), vi.advanceTimersByTimeAsync(1_000)]);
  expect(onGivenUp).not.toHaveBeenCalled();
});

test('a server that is kept down can be stopped permanently', async () => {
  const { supervised, onGivenUp } = supervise();
  const dead = supervised.current;
  supervised.keepDown((server) => server.die());
  await vi.advanceTimersByTimeAsync(1_000);
  await supervised.stop();
  expect(supervised.current).toBe(dead);
  expect(onGivenUp).not.toHaveBeenCalled();
});

test('a server that runs but does not serve is ended and replaced', async () => {
  const printed: string[] = [];
  let serves = true;
  const check = vi.fn(async () => {
    if (!serves) throw new Error('the database system is shutting down');
  });
  const supervised = new Supervised(fakeServer(5432), {
    name: 'Server',
    restart: async ({ port }) => {
      serves = true;
      return fakeServer(port);
    },
    hang: { check, end: (server) => server.die() },
    print: (line) => void printed.push(line),
  });
  supervised.watch(() => undefined);
  const first = supervised.current;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(supervised.current).toBe(first);
  expect(check.mock.calls.length).toBeGreaterThan(10);
  // a moment without service is not a hang
  serves = false;
  await vi.advanceTimersByTimeAsync(12_000);
  serves = true;
  await vi.advanceTimersByTimeAsync(30_000);
  expect(supervised.current).toBe(first);
  serves = false;
  await vi.advanceTimersByTimeAsync(30_000);
  expect(supervised.current).not.toBe(first);
  expect(printed[0]).toBe(
    `Server (process ${first.pid}) runs but does not serve: the database system is shutting down. Ending it`,
  );
  expect(printed[1]).toContain('Server is running again on port 5432');
  await supervised.stop();
  const calls = check.mock.calls.length;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(check.mock.calls.length).toBe(calls);
});
