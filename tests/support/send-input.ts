import { newInstrument } from './records.ts';
import type { Reply, TestService } from './service.ts';

/** How an input is sent, if it is not plain CSV. */
export interface Sent {
  readonly type?: string;
  readonly encoding?: string;
  readonly query?: Record<string, string>;
}

/** Sends an input for a new instrument. @returns the response, and the time and price of each row that is stored afterwards */
export async function sendInput(
  service: TestService,
  body: string | Uint8Array,
  { type = 'text/csv', encoding, query = {} }: Sent,
): Promise<{ reply: Reply; stored: unknown[] }> {
  const symbol = await newInstrument(service, { priceDecimals: 10 });
  const headers = { 'content-type': type, ...(encoding === undefined ? {} : { 'content-encoding': encoding }) };
  const reply = await service.post('/v1/market-data', body, { query: { symbol, ...query }, headers });
  const { body: page } = await service.get('/v1/market-data', { query: { symbol, order: 'asc' } });
  const stored = page.data.map((row: { timestamp: string; price: number | null }) => [row.timestamp, row.price]);
  return { reply, stored };
}

/** One row of CSV with the given text of a time. */
export const at = (time: string) => `timestamp,price\n${time},101.5\n`;
/** One row of CSV with the given text of a price. */
export const cell = (text: string) => `timestamp,price,volume\n2024-01-02T09:30:00Z,"${text}",2\n`;
/** JSON with a valid record and another one. */
export const record = (text: string) => `{"records":[{"timestamp":"2024-01-02T09:30:00Z","price":1},${text}]}`;
/** Text in UTF-16, with its byte order mark. */
export const utf16 = (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le');
