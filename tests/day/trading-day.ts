import { gzipSync } from 'node:zlib';
import { Random } from '../fuzz/random.ts';
import { type BodyFormat, bodyOf, MEDIA_TYPES } from '../support/bodies.ts';

/** The requests of clients on one trading day. Days differ only in the month of their ticks. */

const SYMBOLS = ['ES', 'NQ', 'CL'] as const;
const RULE = 'day in miniature';
/** The year of the first day's ticks. Each day uses the next year, and all are older than the retention. */
const FIRST_YEAR = 1985;
/** Batches per minute: at the open and the close, and in between. */
const [PEAK, CALM] = [6, 2];
const TRIES = 8;
const RETRY_MS = 500;

interface Sent {
  readonly path: string;
  readonly body: string;
  readonly headers: Record<string, string>;
  readonly records: readonly { readonly [field: string]: unknown }[];
  readonly firstId: number;
}

/** The month and the quarter of the ticks of a day. Days count from 0. */
export const partitionsOf = (day: number): { ticks: string; alertLogs: string } => ({
  ticks: `market_data_${FIRST_YEAR + day}_03`,
  alertLogs: `alert_logs_${FIRST_YEAR + day}_q1`,
});

/** The members of a response that the day's clients read. */
interface Reply {
  readonly id: number;
  readonly firstId: number;
  readonly operationId: number;
}

export class TradingDay {
  readonly #url: string;
  readonly #day: number;
  readonly #random: Random;
  #sequence = 0;
  #batches: Sent[] = [];
  #operationId = 0;
  /** Requests sent so far. */
  requests = 0;

  /** @param seed the seed of sizes, formats and symbols: days with the same seed send the same numbers of requests and rows */
  constructor(url: string, day: number, seed: number) {
    this.#url = url;
    this.#day = day;
    this.#random = new Random(seed);
  }

  /** Sends the requests of one minute of `minutes`. The first and the last minutes are busy. */
  async minute(minute: number, minutes: number): Promise<void> {
    const isPeak = minute < minutes / 5 || minute >= (minutes * 4) / 5;
    for (let nth = 0; nth < (isPeak ? PEAK : CALM); nth += 1) await this.#ingest(minute, this.#day, `${minute}-${nth}`);
    const last = this.#batches.at(-1) as Sent;
    if (minute % 3 === 0) await this.#call('POST', last.path, last.body, last.headers);
    if (minute % 4 === 0) await this.#alert(minute);
    if (minute % 5 === 0)
      this.#operationId = await this.#operate('deletions', minute, { ids: [[last.firstId, last.firstId + 4]] });
    if (minute % 10 === 5) await this.#operate('restorations', minute, { operationId: this.#operationId });
    if (minute % 6 === 0) await this.#correct(minute, last);
    if (minute % 7 === 0)
      await this.#call(
        'POST',
        '/v1/market-data?atomic=true',
        JSON.stringify({ records: [...last.records, {}] }),
        {},
        422,
      );
    // late ticks of the previous day, whose month is archived by now
    if (minute === Math.floor(minutes / 2) && this.#day > 0) await this.#ingest(minutes + 1, this.#day - 1, 'late');
    await this.#read(last);
  }

  async #ingest(minute: number, day: number, name: string): Promise<void> {
    const symbol = this.#random.pick(SYMBOLS);
    const start = Date.UTC(FIRST_YEAR + day, 2, 15, 14, 30 + minute);
    const records = Array.from({ length: 30 + this.#random.below(40) }, (_, index) => ({
      timestamp: new Date(start + index * 700).toISOString(),
      ...{
        symbol,
        sequence: ++this.#sequence,
        price: 4_300 + this.#random.below(400) / 4,
        volume: 1 + this.#random.below(9),
      },
    }));
    const format = this.#random.pick<BodyFormat>(['json', 'ndjson', 'csv']);
    const isGzip = this.#random.below(3) === 0;
    const headers = {
      ...this.#key(name),
      'content-type': MEDIA_TYPES[format],
      ...(isGzip ? { 'content-encoding': 'gzip' } : {}),
    };
    const body = isGzip ? gzipSync(bodyOf(format, records)).toString('latin1') : bodyOf(format, records);
    const { firstId } = await this.#call('POST', '/v1/market-data', body, headers);
    this.#batches = [...this.#batches.slice(-10), { path: '/v1/market-data', body, headers, records, firstId }];
  }

  async #alert(minute: number): Promise<void> {
    const { id: ruleId } = await this.#call(
      'PUT',
      `/v1/alert-rules/${RULE}`,
      JSON.stringify({ symbol: 'ES', condition: 'above', threshold: 1 }),
    );
    const timestamp = new Date(Date.UTC(FIRST_YEAR + this.#day, 2, 15, 14, 30 + minute)).toISOString();
    const records = [1, 2, 3].map((triggerValue) => ({
      timestamp,
      ruleId,
      symbol: 'ES',
      triggerValue,
      thresholdValue: 1,
      firedStatus: 'fired',
    }));
    await this.#call('POST', '/v1/alert-logs', JSON.stringify({ records }), this.#key(`alert-${minute}`));
  }

  async #operate(kind: 'deletions' | 'restorations', minute: number, selector: object): Promise<number> {
    const body = JSON.stringify({ ...selector, reason: 'a day in miniature' });
    return (await this.#call('POST', `/v1/market-data/${kind}`, body, this.#key(`${kind}-${minute}`))).operationId;
  }

  async #correct(minute: number, { records }: Sent): Promise<void> {
    const corrected = records.slice(0, 3).map((record) => ({ ...record, price: 1 + minute }));
    const path = '/v1/market-data?onConflict=replace&reason=late%20price';
    await this.#call('POST', path, JSON.stringify({ records: corrected }), this.#key(`correction-${minute}`));
  }

  async #read({ records, firstId }: Sent): Promise<void> {
    const symbol = String(records[0]?.['symbol']);
    const year = FIRST_YEAR + this.#day;
    for (const path of [
      `/v1/market-data?symbol=${symbol}&limit=500`,
      '/v1/market-data/latest?symbols=ES,NQ,CL',
      `/v1/market-data/bars?symbol=${symbol}&interval=1m&start=${year}-03-15&end=${year}-03-16`,
      `/v1/market-data/coverage?symbol=${symbol}&start=${year}-01-01`,
      `/v1/market-data?symbol=${symbol}&start=${year}-03-15&asOf=batch:${Math.floor(firstId / 65_536)}&limit=10`,
      '/v1/market-data/batches?limit=20',
      '/v1/market-data/operations?limit=20',
      '/v1/health/history?limit=10',
    ])
      await this.#call('GET', path);
  }

  readonly #key = (name: string) => ({ 'idempotency-key': `day-${this.#day}-${name}` });

  async #call(
    method: string,
    path: string,
    body?: string,
    headers: Record<string, string> = {},
    status = 200,
  ): Promise<Reply> {
    for (let tries = 1; ; tries += 1) {
      this.requests += 1;
      const response = await fetch(`${this.#url}${path}`, {
        method,
        headers: { 'content-type': 'application/json', ...headers },
        ...(body === undefined
          ? {}
          : { body: Buffer.from(body, headers['content-encoding'] === undefined ? 'utf8' : 'latin1') }),
      });
      const text = await response.text();
      if (response.status === status) return JSON.parse(text);
      // a busy machine may have no free connection in time; the key makes a retry safe
      if (![429, 503, 504].includes(response.status) || tries === TRIES)
        throw new Error(`${method} ${path} responded ${response.status}: ${text.slice(0, 500)}`);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS * tries));
    }
  }
}
