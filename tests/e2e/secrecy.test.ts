import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '@tick-store/local-cloud';
import { afterAll, beforeAll, expect, test } from 'vitest';
import config from '../../infra.config.ts';
import { bearer, createClient, createSender } from '../../lib/client/index.ts';
import { openSpool } from '../../lib/client/spool/spool.ts';
import { readConfig } from '../../lib/config/schema.ts';
import { type LocalService, startService } from '../../lib/local/start-service.ts';
import { runCli } from '../support/cli.ts';
import { expectUnmarked, MARK, type MarkedReply, sendEverywhere } from '../support/marked-requests.ts';
import { tick } from '../support/ticks.ts';

/**
 * Marks are followed through the whole local cloud while requests fail and pages go out: into messages, alarms, metrics, `/_local`,
 * the terminal, every log and file name, and what the sender and the command line say. What a client sent may stand in its own
 * responses below 500, in the store, and in its own spool's files: it wrote them itself.
 */

const MINUTE = 60_000;
const root = mkdtempSync(join(tmpdir(), 'tick-store-secrecy-'));
// mkdtemp closes it to everybody else; the account that runs the servers for root has to pass
chmodSync(root, 0o711);
const dataDirectory = join(root, 'data');
const clock = new ManualClock(Date.parse('2040-01-01T00:00:30Z'));
const terminal: string[] = [];
let service: LocalService;

beforeAll(async () => {
  service = await startService({
    ...{ dataDirectory, clock, port: 0, concurrency: 2, fresh: false },
    // one sample per run, and a pooler that is away is noticed soon
    variables: { PROBE_INTERVAL_SECONDS: '60', ACQUIRE_TIMEOUT_MS: '1000' },
    config: readConfig(config),
    print: (line) => terminal.push(line),
    warn: (line) => terminal.push(line),
    signal: new AbortController().signal,
    onGivenUp: (error) => terminal.push(error.message),
  });
}, 300_000);
afterAll(async () => {
  await service.stop();
  rmSync(root, { recursive: true, force: true });
}, 60_000);

async function call(
  method: string,
  path: string,
  body?: unknown,
  options: Parameters<Target['get']>[1] = {},
): Promise<MarkedReply> {
  const url = new URL(path, service.url);
  for (const [name, value] of Object.entries(options.query ?? {})) url.searchParams.set(name, String(value));
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json', ...options.headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text() };
}

type Target = Parameters<typeof sendEverywhere>[0];
const target: Target = {
  get: (path, options) => call('GET', path, undefined, options),
  post: (path, body, options) => call('POST', path, body, options),
  put: (path, body, options) => call('PUT', path, body, options),
};

const passwords = () =>
  Object.values(JSON.parse(readFileSync(join(dataDirectory, 'secrets.json'), 'utf8')) as Record<string, string>);

/** Files below a directory, but for PostgreSQL's own, where the rows are. */
const filesBelow = (directory: string): string[] =>
  readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return entry.name === 'postgres' ? [] : filesBelow(path);
    return [path];
  });

/** Everything that a person, or a tool of theirs, may come to see. */
async function everythingShown(): Promise<Record<string, string>> {
  const page = async (path: string) => {
    const { status, text } = await call('GET', path);
    expect([path, status]).toEqual([path, 200]);
    return text;
  };
  const names = [
    'alarms',
    'messages',
    'metrics',
    'schedules',
    'queues',
    'functions',
    'resources',
    'faults',
    'silences',
  ];
  const pages = await Promise.all(
    ['/_local', ...names.map((name) => `/_local/${name}`)].map(async (path) => [path, await page(path)]),
  );
  const { monitor } = service;
  const logs = filesBelow(dataDirectory).filter((path) => /\.(log|previous)$/.test(path));
  return {
    ...Object.fromEntries(pages),
    messages: JSON.stringify(monitor.sns.messages()),
    queues: JSON.stringify([...monitor.queues.values()].map((queue) => queue.messages(clock.now()))),
    alarms: JSON.stringify(monitor.alarms.list()),
    metrics: JSON.stringify(monitor.metrics.list()),
    terminal: terminal.join('\n'),
    'names of files': filesBelow(root).join('\n'),
    ...Object.fromEntries(logs.map((path) => [path, readFileSync(path, 'utf8')])),
  };
}

async function expectSecrecy(): Promise<void> {
  const shown = await everythingShown();
  for (const name of ['functions.log', 'postgres.log', 'pgbouncer.log'])
    expect(
      Object.keys(shown).some((path) => path.endsWith(name)),
      name,
    ).toBe(true);
  for (const [where, text] of Object.entries(shown)) expectUnmarked(text, `in ${where}`, passwords());
}

test('values of requests and passwords appear in no message, page, alarm, metric, log, terminal or file name', async () => {
  const replies = await sendEverywhere(target);
  for (const path of [
    `/${MARK}`,
    `/console/${MARK}?token=${MARK}`,
    `/_local/${MARK}`,
    `/docs?${MARK}=${MARK}`,
    `/assets/${MARK}.js`,
  ])
    replies.push(await call('GET', path, undefined, { headers: { referer: MARK, authorization: `Bearer ${MARK}` } }));
  expect(new Set(replies.map(({ status }) => status))).toContain(422);
  // a client reads its own words
  expect(replies.map(({ text }) => text).join('\n')).toContain(MARK);
  await clock.advance(MINUTE);
  await expectSecrecy();

  // an outage, in which marked requests fail until somebody is paged
  const lift = service.database.keepDown('pooler');
  const isPaged = () => service.monitor.sns.messages().some(({ subject }) => subject.startsWith('[CRITICAL]'));
  const failures: MarkedReply[] = [];
  for (let minute = 0; minute < 15 && !isPaged(); minute += 1) {
    if (minute < 2) failures.push(...(await sendEverywhere(target)).filter(({ status }) => status >= 500));
    await clock.advance(MINUTE);
  }
  expect(isPaged()).toBe(true);
  expect(failures.length).toBeGreaterThan(10);
  expectUnmarked(failures.map(({ text }) => text).join('\n'), 'in a 5xx', passwords());
  await expectSecrecy();
  await lift();
}, 600_000);

test('the sender and the command line never print a token, and no file name in a spool contains data', async () => {
  const directory = join(root, 'spool');
  const said: string[] = [];
  const token = `${MARK}.token`;
  // nobody listens there
  const client = createClient({ url: 'http://127.0.0.1:1', auth: bearer(token) });
  const sender = createSender({
    ...{ client, queue: openSpool({ directory }), flushMs: 10 },
    onProblem: (problem, outcome) =>
      said.push(`${outcome} ${problem.message} ${JSON.stringify(problem)} ${problem.stack}`),
  });
  await sender.add(tick({ symbol: MARK, price: 1 }));
  await expect.poll(() => said.length, { timeout: 60_000 }).toBeGreaterThan(0);
  expect(await sender.close({ timeoutMs: 1 })).toEqual({ unsentRows: 1 });
  const spooled = filesBelow(directory);
  expect(spooled.length).toBeGreaterThan(0);
  expectUnmarked(spooled.join('\n'), 'in names of files');
  expectUnmarked(said.join('\n'), 'in what the sender says');
  const runs = await Promise.all([
    runCli(['health', '--url', service.url, '--token', token]),
    runCli(['health', '--url', 'http://127.0.0.1:1', '--token', token]),
    runCli(['latest', 'ES', '--url', 'http://127.0.0.1:1', '--token', token]),
  ]);
  for (const { output, notes } of runs) expectUnmarked(`${output}\n${notes}`, 'in what the command line says');
}, 120_000);
