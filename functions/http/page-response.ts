import type { Page } from '../contract/page.ts';
import { Problem } from '../contract/problem.ts';
import type { ApiRequest, ApiResponse } from './api-request.ts';
import { csvLine } from './csv-page.ts';
import { bindCursor, type PagedRequest } from './page-cursor.ts';

/** Lambda returns at most 6 MB (6,291,456 bytes) of JSON-encoded payload, in which quotes of the body are escaped once more. */
const MAX_PAGE_BYTES = 5_000_000;

/**
 * A page as JSON, or as CSV with the cursor in a header. It is cut short if it would not fit Lambda's response uncompressed, so that
 * pages are the same for every client; the cursor continues after its last row, for the same query.
 * @param request whose `csvFields` are the fields of a row, in order, where the client prefers CSV
 */
export function pageResponse<T extends object>(
  request: PagedRequest & Pick<ApiRequest, 'csvFields'>,
  page: Page<T>,
): ApiResponse {
  const { csvFields } = request;
  if (csvFields === undefined) {
    const { written, nextCursor } = writeRows(request, page, JSON.stringify);
    return { json: `{"data":[${written.join(',')}],"nextCursor":${JSON.stringify(nextCursor)}}` };
  }
  const fieldsOf = (row: T) => csvFields.map((field) => (row as Readonly<Record<string, unknown>>)[field]);
  const { written, nextCursor } = writeRows(request, page, (row) => csvLine(fieldsOf(row)));
  return {
    csv: csvLine(csvFields) + written.join(''),
    headers: { Vary: 'Accept', ...(nextCursor === null ? {} : { 'X-Next-Cursor': nextCursor }) },
  };
}

function writeRows<T>(request: PagedRequest, { rows, hasMore, cursorOf }: Page<T>, write: (row: T) => string) {
  const written: string[] = [];
  let bytes = 0;
  let last: T | undefined;
  for (const row of rows) {
    const text = write(row);
    bytes += escapedBytes(text);
    if (written.length > 0 && bytes > MAX_PAGE_BYTES) break;
    written.push(text);
    last = row;
  }
  const isCut = written.length < rows.length;
  return { written, nextCursor: last !== undefined && (hasMore || isCut) ? bindCursor(request, cursorOf(last)) : null };
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

/** Bytes of a text inside a JSON string: quotes, backslashes and line ends count twice. */
function escapedBytes(json: string): number {
  let escapes = 0;
  for (let i = 0; i < json.length; i++) {
    const char = json.charCodeAt(i);
    if (char === 34 || char === 92 || char === 10) escapes++;
  }
  return Buffer.byteLength(json) + escapes + 1;
}
