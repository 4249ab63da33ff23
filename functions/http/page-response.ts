import type { Page } from '../contract/page.ts';
import { Problem } from '../contract/problem.ts';
import type { ApiRequest, ApiResponse } from './api-request.ts';
import { csvLine } from './csv-page.ts';
import { bindCursor, type PagedRequest } from './page-cursor.ts';

/**
 * Lambda returns at most 6 MB (6,291,456 bytes) of JSON-encoded payload, in which the quotes of the body are escaped
 * again.
 */
const MAX_PAGE_BYTES = 5_000_000;

/** How the rows of a page are written. */
export interface RowTexts<T> {
  readonly objectOf: (row: T) => object;
  readonly jsonOf: (row: T) => string;
  /** `escapesIn` of the row's JSON. */
  readonly escapesOf: (row: T, json: string) => number;
}

const AS_THEY_ARE: RowTexts<object> = {
  objectOf: (row) => row,
  jsonOf: (row) => JSON.stringify(row),
  escapesOf: (_, json) => escapesIn(json),
};

/**
 * A page as JSON, or as CSV with the cursor in a header. It is cut short if it would not fit Lambda's response
 * uncompressed, so that pages are the same for every client; the cursor continues after its last row, for the same
 * query.
 * @param request its `csvFields` are the fields of a row, in order, if the client prefers CSV
 * @param texts how to write rows whose form differs from the response
 */
export function pageResponse<T extends object>(
  request: PagedRequest & Pick<ApiRequest, 'csvFields'>,
  page: Page<T>,
  { objectOf, jsonOf, escapesOf }: RowTexts<T> = AS_THEY_ARE,
): ApiResponse {
  const { csvFields } = request;
  if (csvFields === undefined) {
    const { written, nextCursor } = writeRows(request, page, jsonOf, escapesOf);
    return { json: `{"data":[${written.join(',')}],"nextCursor":${JSON.stringify(nextCursor)}}` };
  }
  const fieldsOf = (row: T) => {
    const values = objectOf(row) as Readonly<Record<string, unknown>>;
    return csvFields.map((field) => values[field]);
  };
  const { written, nextCursor } = writeRows(
    request,
    page,
    (row) => csvLine(fieldsOf(row)),
    (_, text) => escapesIn(text),
  );
  return {
    csv: csvLine(csvFields) + written.join(''),
    headers: { Vary: 'Accept', ...(nextCursor === null ? {} : { 'X-Next-Cursor': nextCursor }) },
  };
}

function writeRows<T>(
  request: PagedRequest,
  { rows, hasMore, cursorOf }: Page<T>,
  write: (row: T) => string,
  escapesOf: (row: T, text: string) => number,
) {
  const written: string[] = [];
  let bytes = 0;
  let last: T | undefined;
  for (const row of rows) {
    const text = write(row);
    bytes += Buffer.byteLength(text) + escapesOf(row, text) + 1;
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
  const bytes = Buffer.byteLength(json) + escapesIn(json) + 1;
  if (bytes <= MAX_PAGE_BYTES) return { json };
  const named = Object.keys(data).length;
  throw new Problem(
    'response_too_large',
    `the response would have ${bytes} bytes, and at most ${MAX_PAGE_BYTES} are sent: ask for fewer than these ${named} instruments at once`,
  );
}

/** Counts the characters that take one more byte inside a JSON string: quotes, backslashes and line ends. */
export function escapesIn(text: string): number {
  let escapes = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char === 34 || char === 92 || char === 10) escapes++;
  }
  return escapes;
}
