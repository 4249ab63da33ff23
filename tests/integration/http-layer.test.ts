import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sendRaw } from '../fuzz/send-raw.ts';
import { startService, type TestService } from '../support/service.ts';

/** Input below HTTP: in pieces, cut short, in one packet, or written so that two parsers disagree about where it ends. */

let service: TestService;
let port: number;
beforeAll(async () => {
  service = await startService();
  port = Number(new URL(service.url).port);
});
afterAll(() => service.stop());

const BODY = '{"records":[{"timestamp":"2026-11-02T14:30:00Z","symbol":"ES","price":1}]}';
const post = (length: number | string, body: string, more = '') =>
  `POST /v1/market-data HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${more}Content-Length: ${length}\r\n\r\n${body}`;
const GET = 'GET /v1/instruments HTTP/1.1\r\nHost: localhost\r\n\r\n';
const rows = async () =>
  (await service.sql<{ n: number }>('select count(*)::int4 as n from tick_store.market_data'))[0]?.n;
const chunked = (chunks: string, more = '') =>
  `POST /v1/market-data HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${more}Transfer-Encoding: chunked\r\n\r\n${chunks}`;
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;

describe('a request with two ends, or none, is refused', () => {
  test.each([
    ['two lengths', post(5, BODY + GET, `Content-Length: ${BODY.length}\r\n`)],
    ['a length and chunks', chunked(`0\r\n\r\n${GET}`, 'Content-Length: 4\r\n')],
    ['an unknown coding after chunks', chunked(chunk(BODY), '').replace('chunked', 'chunked, x')],
    ['a length with a sign', post('+5', BODY)],
    ['a length in hexadecimal', post('0x10', BODY)],
    ['a chunk of no length', chunked('zz\r\nabc\r\n0\r\n\r\n')],
    ['a chunk that is longer than it says', chunked(`2\r\n${BODY}\r\n0\r\n\r\n`)],
    ['a header without a colon', 'GET /v1/instruments HTTP/1.1\r\nHost localhost\r\n\r\n'],
    ['a header with a NUL', 'GET /v1/instruments HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n'],
    ['a space before the colon', 'GET /v1/instruments HTTP/1.1\r\nHost : localhost\r\n\r\n'],
    ['a line that is folded', 'GET /v1/instruments HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b: c\r\n\r\n'],
    ['another protocol', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ])('%s', async (_, bytes) => {
    const before = await rows();
    const { statuses } = await sendRaw(port, [bytes], { limitMs: 8_000, thenEnd: true });
    expect(statuses).toEqual([400]);
    expect(await rows()).toBe(before);
  });

  test('a body of 2^53 bytes gets a 413', async () => {
    expect((await sendRaw(port, [post('9007199254740993', BODY)], { thenEnd: true })).statuses).toEqual([413]);
  });

  test('headers of 20 kB get a 431', async () => {
    const { statuses } = await sendRaw(port, [`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`]);
    expect(statuses).toEqual([431]);
  });
});

test('a request in pieces of five bytes is read like any other', async () => {
  const before = (await rows()) ?? 0;
  const bytes = post(BODY.length, BODY, 'Connection: close\r\n').match(/[\s\S]{1,5}/g) ?? [];
  expect((await sendRaw(port, bytes, { betweenMs: 1 })).statuses).toEqual([200]);
  expect(await rows()).toBe(before + 1);
});

test('a chunked body is read like any other, and bytes after its end are the next request', async () => {
  const before = (await rows()) ?? 0;
  const both = chunked(`${chunk(BODY.slice(0, 10))}${chunk(BODY.slice(10))}0\r\n\r\n`) + GET;
  expect((await sendRaw(port, [both], { thenEnd: true })).statuses).toEqual([200, 200]);
  expect(await rows()).toBe(before + 1);
});

test('pipelined requests get their responses in order', async () => {
  const many = GET.repeat(20) + post(BODY.length, BODY) + GET;
  const { statuses } = await sendRaw(port, [many], { thenEnd: true });
  expect(statuses).toEqual(Array(22).fill(200));
});

test('bytes after a request that are not a request get a 400, after the response', async () => {
  expect((await sendRaw(port, [`${GET}nonsense\r\n\r\n`])).statuses).toEqual([200, 400]);
  expect((await sendRaw(port, [GET, 'nonsense\r\n\r\n'], { betweenMs: 300 })).statuses).toEqual([200, 400]);
});

test.each([0, 1, 20, BODY.length - 1])('a body cut after %i bytes stores nothing', async (bytes) => {
  const before = await rows();
  const { statuses } = await sendRaw(port, [post(BODY.length, BODY.slice(0, bytes))], {
    limitMs: 8_000,
    thenEnd: true,
  });
  expect(statuses.every((status) => status === 400)).toBe(true);
  expect(await rows()).toBe(before);
});

test('a hundred clients that never finish their request delay nobody', async () => {
  const slow = Array.from({ length: 100 }, () => connect(port, '127.0.0.1'));
  try {
    await Promise.all(slow.map((socket) => once(socket, 'connect')));
    for (const socket of slow) socket.write(post(BODY.length, BODY.slice(0, 10)));
    expect((await service.get('/v1/instruments')).status).toBe(200);
    expect(slow.filter((socket) => socket.destroyed || socket.bytesRead > 0)).toEqual([]);
  } finally {
    for (const socket of slow) socket.destroy();
  }
});
