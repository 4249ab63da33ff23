import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { coverageIn, coverageLines } from '../cloudformation/coverage.ts';
import { serveLocalPages } from '../pages/local-pages.ts';

const alarm = (name: string, state: string) => ({
  name,
  state,
  reason: `<b>"${name}" & 'co'</b>`,
  since: '2026-01-01',
  description: `do this <first> about ${name}`,
});
let isBroken = false;
const messages = () => {
  if (isBroken) throw new Error('out of order');
  return [];
};
const pages = { alarms: () => [alarm('quiet', 'OK'), alarm('<script>', 'ALARM')], messages };
const serve = serveLocalPages({
  title: 'A Service',
  pages,
  actions: { faults: async (request) => ({ status: 201, body: { method: request.method } }) },
});
const server = createServer((request, response) => {
  if (!serve(request, response)) response.writeHead(418).end();
});
let url: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

test('paths outside /_local are left alone', async () => {
  expect((await fetch(`${url}/v1/health`)).status).toBe(418);
  expect((await fetch(`${url}/_localhost`)).status).toBe(418);
});

test.each(['//', '///_local', '//[', 'http://', 'http://[/', '*'])(
  'whatever target a request has, %s too, the service lives on',
  async (target) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.end(`GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    expect(await text(socket)).toMatch(/^HTTP\/1.1 418 /);
  },
);

test('a page that fails returns 500, and the service keeps running', async () => {
  isBroken = true;
  for (const page of ['/messages', '']) {
    const response = await fetch(`${url}/_local${page}`);
    expect([response.status, await response.json()]).toEqual([500, { problem: 'out of order' }]);
  }
  isBroken = false;
});

test('a page returns JSON', async () => {
  expect(await (await fetch(`${url}/_local/messages`)).json()).toEqual([]);
  expect(await (await fetch(`${url}/_local/alarms?state=ALARM`)).json()).toMatchObject([{ name: 'quiet' }, {}]);
});

test('an unknown page lists the known ones, even for a name that every object has', async () => {
  for (const name of ['nothing', 'constructor']) {
    const response = await fetch(`${url}/_local/${name}`);
    expect([response.status, await response.json()]).toEqual([
      404,
      { problem: 'no such page; the pages are: alarms, messages' },
    ]);
  }
});

test('actions accept methods other than GET, pages accept only GET', async () => {
  const asked = await fetch(`${url}/_local/faults/database-down`, { method: 'PUT' });
  expect([asked.status, await asked.json()]).toEqual([201, { method: 'PUT' }]);
  expect((await fetch(`${url}/_local/alarms`, { method: 'DELETE' })).status).toBe(405);
});

test('the home page shows alarms in ALARM first, and escapes all values', async () => {
  const response = await fetch(`${url}/_local`);
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  const page = await response.text();
  expect(page).toContain('1 in alarm');
  expect(page.indexOf('&lt;script&gt;')).toBeLessThan(page.indexOf('quiet'));
  expect(page).not.toMatch(/<script>|<first>|<b>"/);
  // what to do stands with an alarm that is on, and with no other
  expect(page).toContain('do this &lt;first&gt; about &lt;script&gt;');
  expect(page).not.toContain('about quiet');
  expect(page).toContain('&quot;quiet&quot; &amp; &#39;co&#39;');
});

test('types that are not run are listed with their note; an unknown type is not emulated', () => {
  const types = ['AWS::IAM::Role', 'AWS::IAM::Role', 'AWS::Lambda::Function', 'AWS::KMS::Key', 'AWS::New::Thing'];
  const covered = coverageIn({ Resources: Object.fromEntries(types.map((Type, i) => [`R${i}`, { Type }])) });
  expect(covered.map(({ type, count, treatment }) => [type, count, treatment])).toEqual([
    ['AWS::IAM::Role', 2, 'ignored'],
    ['AWS::KMS::Key', 1, 'not emulated'],
    ['AWS::Lambda::Function', 1, 'run'],
    ['AWS::New::Thing', 1, 'not emulated'],
  ]);
  const lines = coverageLines(covered).join('\n');
  expect(lines).toMatch(/^Not emulated: KMS Key \(.*\)$/m);
  expect(lines).toMatch(/^Not emulated: New Thing \(unknown/m);
  expect(lines).toMatch(/^Ignored, because it has no meaning here: IAM Role$/m);
});
