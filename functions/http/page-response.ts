import type { Page } from '../contract/page.ts';
import { Problem } from '../contract/problem.ts';
import type { ApiResponse } from './api-request.ts';

/** Lambda returns at most 6 MB (6,291,456 bytes) of JSON-encoded payload, in which quotes of the body are escaped once more. */
const MAX_PAGE_BYTES = 5_000_000;

/** A page as JSON. It is cut short if it would not fit Lambda's response; `nextCursor` continues after its last row. */
export function pageResponse<T>({ rows, hasMore, cursorOf }: Page<T>): ApiResponse {
  const written: string[] = [];
  let bytes = 0;
  let last: T | undefined;
  for (const row of rows) {
    const json = JSON.stringify(row);
    bytes += escapedBytes(json);
    if (written.length > 0 && bytes > MAX_PAGE_BYTES) break;
    written.push(json);
    last = row;
  }
  const cut = written.length < rows.length;
  const nextCursor = last !== undefined && (hasMore || cut) ? JSON.stringify(cursorOf(last)) : 'null';
  return { json: `{"data":[${written.join(',')}],"nextCursor":${nextCursor}}` };
}

/**
 * A response by keys, which cannot be cut short.
 * @throws Problem response_too_large
 */
export function keyedResponse(data: Readonly<Record<string, unknown>>): ApiResponse {
  const json = JSON.stringify({ data });
  const bytes = escapedBytes(json);
  if (bytes <= MAX_PAGE_BYTES) return { json };
  const named = Object.keys(data).length;
  throw new Problem(
    'response_too_large',
    `the response would have ${bytes} bytes, and at most ${MAX_PAGE_BYTES} are sent: ask for fewer than these ${named} instruments at once`,
  );
}

/** Bytes of a JSON text inside a JSON string: quotes and backslashes count twice. */
function escapedBytes(json: string): number {
  let escapes = 0;
  for (let i = 0; i < json.length; i++) {
    const char = json.charCodeAt(i);
    if (char === 34 || char === 92) escapes++;
  }
  return Buffer.byteLength(json) + escapes + 1;
}
