import type { FuzzedRequest } from './generate-request.ts';
import { LIKE_NUMBERS, NASTY_JSON, NASTY_TEXTS } from './nasty-values.ts';
import type { Random } from './random.ts';

/** One record in each of the formats. What JSON rejects, CSV must reject too, and vice versa. */

/** A number in JSON. */
const JSON_NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
/** A number in a CSV cell, which may have blanks around it. */
const CELL_NUMBER = /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/;
/** A time that needs no `timeZone` in a CSV cell. */
const WITH_OFFSET = /(Z|[+-]\d\d:\d\d)$/;

const FIELDS = ['price', 'volume', 'bidSize', 'sequence', 'timestamp'] as const;

/** The JSON value of a cell's text; undefined if the text may mean something that JSON cannot express. */
function jsonOf(field: (typeof FIELDS)[number], text: string): string | undefined {
  if (JSON_NUMBER.test(text)) return text;
  if (CELL_NUMBER.test(text) || (field === 'timestamp' && !WITH_OFFSET.test(text))) return undefined;
  return text.trim() === '' ? undefined : JSON.stringify(text);
}

const cellOf = (text: string, delimiter: string): string =>
  /["\r\n]/.test(text) || text.includes(delimiter) ? `"${text.replaceAll('"', '""')}"` : text;

/** A record with an unusual value in one field, as four requests. It has a key only if that field is its sequence. */
export function generateTwins(random: Random): readonly FuzzedRequest[] {
  for (;;) {
    const field = random.pick(FIELDS);
    const text = random.pick(random.pick([LIKE_NUMBERS, LIKE_NUMBERS, NASTY_TEXTS, NASTY_JSON])).toWellFormed();
    const json = jsonOf(field, text);
    if (json !== undefined) return twinsOf({ ...RECORD, [field]: { json, cell: text } });
  }
}

/** A value as JSON text, and as the text of a cell. */
interface Written {
  readonly json: string;
  readonly cell: string;
}

const RECORD: Readonly<Record<string, Written>> = {
  timestamp: { json: '"2026-11-02T14:30:00Z"', cell: '2026-11-02T14:30:00Z' },
  symbol: { json: '"NQ"', cell: 'NQ' },
  bid: { json: '1', cell: '1' },
};

function twinsOf(values: Readonly<Record<string, Written>>): FuzzedRequest[] {
  const members = Object.entries(values).map(([name, { json }]) => `"${name}":${json}`);
  const record = `{${members.join()}}`;
  const table = (delimiter: string) => {
    const cells = Object.values(values).map(({ cell }) => cellOf(cell, delimiter));
    return `${Object.keys(values).join(delimiter)}\n${cells.join(delimiter)}\n`;
  };
  const bodies: [mediaType: string, body: string][] = [
    ['application/json', `{"records":[${record}]}`],
    ['application/x-ndjson', `${record}\n`],
    ['text/csv', table(',')],
    ['text/tab-separated-values', table('\t')],
  ];
  return bodies.map(([mediaType, body]) => ({
    ...{ method: 'POST', path: '/v1/market-data', query: [], headers: [['Content-Type', mediaType]] },
    body: Buffer.from(body),
  }));
}
