import { gzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { type ProblemCode, problem } from '../../functions/contract/problem.ts';
import type { Reply, RequestOptions, TestService } from './service.ts';

/** The formats of a batch's body, and the check of a problem document. */

export const MEDIA_TYPES = {
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  csv: 'text/csv',
} as const;
export type BodyFormat = keyof typeof MEDIA_TYPES;

/** Records as a body in a format. The header line of CSV has the first record's fields. */
export function bodyOf(format: BodyFormat, records: readonly object[]): string {
  if (format === 'json') return JSON.stringify({ records });
  if (format === 'ndjson') return records.map((record) => `${JSON.stringify(record)}\n`).join('');
  const titles = Object.keys(records[0] ?? {});
  const lines = records.map((record) => titles.map((title) => (record as Record<string, unknown>)[title] ?? '').join());
  return `${[titles.join(), ...lines].join('\n')}\n`;
}

/** Posts text or bytes unchanged. */
export async function send(
  service: TestService,
  body: string | Uint8Array,
  format: BodyFormat,
  { gzip = false, path = '/v1/market-data', ...options }: RequestOptions & { gzip?: boolean; path?: string } = {},
): Promise<Reply> {
  return service.post(path, gzip ? gzipSync(body) : body, {
    ...options,
    headers: {
      'content-type': MEDIA_TYPES[format],
      ...(gzip ? { 'content-encoding': 'gzip' } : {}),
      ...options.headers,
    },
  });
}

/** Checks that a response is a problem document by the contract. */
export function expectProblem(reply: Reply, status: number, code: ProblemCode): void {
  expect([reply.status, reply.body?.code, reply.body?.detail]).toEqual([status, code, expect.any(String)]);
  const document = problem.parse(reply.body);
  expect(reply.headers.get('content-type')).toBe('application/problem+json');
  expect(document.status).toBe(status);
  expect(document.requestId).toBe(reply.headers.get('x-request-id'));
  expect(document.requestId).not.toBe('');
}
