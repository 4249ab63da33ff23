import { expect } from 'vitest';
import { routes } from '../../functions/contract/routes.ts';
import { tick } from './ticks.ts';

/** Requests with a mark in every field, header, key, query and path, and a check that the mark does not appear elsewhere. */

/** The mark as text. */
export const MARK = 'mArK7q';
/** The mark as a number. */
export const NUMBER = 73_019_450.625;

/** The methods of a service that the marked requests use. */
interface Marked {
  get(path: string, options?: Options): Promise<MarkedReply>;
  post(path: string, body: unknown, options?: Options): Promise<MarkedReply>;
  put(path: string, body: unknown, options?: Options): Promise<MarkedReply>;
}

interface Options {
  readonly query?: Record<string, string | number | boolean>;
  readonly headers?: Record<string, string>;
}

export interface MarkedReply {
  readonly status: number;
  readonly text: string;
}

const record = { symbol: MARK, sequence: 1, price: NUMBER, bid: NUMBER };
const records = [
  tick(record),
  tick({ ...record, price: MARK }),
  tick({ ...record, [MARK]: 1 }),
  tick({ symbol: 'ES', price: NUMBER }),
];
const headers = {
  'idempotency-key': `${MARK}-key`,
  authorization: `Bearer ${MARK}`,
  cookie: `session=${MARK}`,
  'user-agent': MARK,
  referer: `http://localhost/${MARK}`,
  [`x-${MARK}`]: MARK,
};

/** Sends the mark in every part of a request, in valid and invalid requests. */
export async function sendEverywhere(to: Marked): Promise<MarkedReply[]> {
  const filter = { symbol: MARK, start: '2026-11-02', end: '2026-11-03' };
  const replies = [
    await to.put(`/v1/instruments/${MARK}`, { name: MARK, type: 'other' }, { headers }),
    await to.put(`/v1/alert-rules/${MARK}`, { symbol: MARK, condition: MARK, threshold: NUMBER }, { headers }),
    await to.post('/v1/market-data', { records }, { headers }),
    await to.post('/v1/market-data', { records: records.slice(0, 1) }, { headers }),
    await to.post('/v1/market-data', { records }, { query: { atomic: true, [MARK]: MARK } }),
    await to.post('/v1/market-data', { records }, { query: { atomic: true } }),
    await to.post('/v1/market-data', `timestamp,symbol,${MARK}\n1,${MARK},${NUMBER}`, {
      headers: { 'content-type': 'text/csv' },
    }),
    await to.post('/v1/market-data', `{"${MARK}":`, {
      headers: { ...headers, 'content-type': 'application/x-ndjson' },
    }),
    await to.post('/v1/market-data', MARK, { headers: { 'content-type': `text/${MARK}`, 'content-encoding': MARK } }),
    await to.post('/v1/market-data/deletions', { filter, reason: MARK, expectedCount: 77 }),
    await to.post(
      '/v1/market-data/deletions',
      { filter, reason: MARK },
      { headers: { 'idempotency-key': `${MARK}-2` } },
    ),
    await to.post('/v1/market-data/restorations', { filter, reason: MARK, [MARK]: 1 }),
    await to.get(`/v1/market-data/${MARK}`, { headers }),
    await to.get(`/v1/${MARK}/${MARK}`, { headers, query: { [MARK]: MARK } }),
    await to.get('/v1/market-data', { query: { symbol: MARK, cursor: MARK } }),
    await to.get('/v1/market-data/latest', { query: { symbols: `${MARK},ES` } }),
    await to.get('/v1/instruments', { query: { search: MARK } }),
    await to.get('/v1/market-data/batches', { query: { actor: MARK } }),
    await to.get('/v1/market-data/bars', { query: { symbol: MARK, interval: '1m', timeZone: MARK } }),
  ];
  for (const { method, path } of Object.values(routes))
    if (method === 'GET')
      replies.push(await to.get(path.replaceAll(/\{\w+\}/g, MARK), { headers, query: { symbol: MARK } }));
  return replies;
}

/**
 * Checks that a text contains neither mark, no DSN, and none of the secrets.
 * @param where for the message of a failure, such as `in the logs`
 */
export function expectUnmarked(text: string, where: string, secrets: readonly string[] = []): void {
  for (const word of [MARK, MARK.toLowerCase(), String(NUMBER), 'postgres://', ...secrets]) {
    const at = text.indexOf(word);
    const around = at < 0 ? undefined : text.slice(Math.max(0, at - 300), at + 100);
    expect(around, `${secrets.includes(word) ? 'a secret' : word} ${where}`).toBe(undefined);
  }
}
