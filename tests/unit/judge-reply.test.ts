import { expect, test } from 'vitest';
import { generateTwins } from '../fuzz/generate-twins.ts';
import { faultOf, leakIn, verdictsDiffer } from '../fuzz/judge-reply.ts';
import { Random } from '../fuzz/random.ts';
import type { RawReply } from '../fuzz/send-raw.ts';
import { MARK } from '../support/marked-requests.ts';

/** What the fuzz run says of responses and log lines that are wrong. */

const reply = (status: number, body: object, head = ''): RawReply => ({
  ...{ statuses: [status], ms: 1 },
  text: `HTTP/1.1 ${status} X\r\n${head}\r\n\r\n${JSON.stringify(body)}`,
});
const rejected = (code: string) => reply(422, { rejections: [{ index: 0, path: 'price', code }] });

test('verdicts differ if one format accepts what another rejects, or gives another reason', () => {
  expect(verdictsDiffer([rejected('not_finite'), rejected('not_finite')])).toBeUndefined();
  expect(verdictsDiffer([reply(200, { rejections: [] }), reply(200, { rejections: [] })])).toBeUndefined();
  expect(verdictsDiffer([rejected('not_finite'), reply(200, { rejections: [] })])).toMatch(/several verdicts/);
  expect(verdictsDiffer([rejected('not_finite'), rejected('invalid_type')])).toMatch(/several verdicts/);
});

test('a log line with a mark or a password is a leak, and one with a request id is not', () => {
  expect(leakIn([`{"requestId":"${MARK}"}`, '{"status":200}'], ['secret'])).toBeUndefined();
  expect(leakIn(['{"status":200}', `{"requestId":"1","cookie":"${MARK}"}`], [])).toContain('cookie');
  expect(leakIn(['postgres://app:secret@localhost'], ['secret'])).toContain('postgres://app');
});

test('a 5xx, and a refusal that is not a problem document, are faults', () => {
  const request = { method: 'GET', path: '/v1/instruments', query: [], headers: [], body: Buffer.alloc(0) } as const;
  const asked = { ...request, query: [...request.query], headers: [...request.headers] };
  expect(faultOf(asked, reply(200, {}))).toBeUndefined();
  expect(faultOf(asked, reply(500, {}))).toMatch(/^responded 500/);
  expect(faultOf(asked, reply(404, { message: 'Not Found' }))).toMatch(/no problem document/);
  expect(faultOf({ ...asked, path: '/v1/health' }, reply(503, {}))).toBeUndefined();
});

test('twins are one record in four formats, sometimes with text that a reader may take for a number', () => {
  const random = new Random(1);
  const twins = Array.from({ length: 300 }, () => generateTwins(random));
  for (const requests of twins) {
    expect(requests.map(({ headers }) => headers[0]?.[1])).toEqual([
      'application/json',
      'application/x-ndjson',
      'text/csv',
      'text/tab-separated-values',
    ]);
    const [json, ndjson] = requests.map(({ body }) => body.toString());
    expect(JSON.parse(json as string).records).toEqual([JSON.parse(ndjson as string)]);
  }
  const cells = twins.map((requests) => requests[2]?.body.toString() ?? '').join('\n');
  for (const text of ['0x10', '1_000', '"1,5"', '1.7976931348623159e308']) expect(cells).toContain(`,${text}`);
});
