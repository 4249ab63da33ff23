import { checkLedger } from '../ordeal/check-ledger.ts';
import type { TestService } from '../support/service.ts';
import type { FuzzedRequest } from './generate-request.ts';
import { bodyOf, decode } from './judge-reply.ts';
import { ReferenceTally } from './reference-tally.ts';
import type { RawReply } from './send-raw.ts';

/** What responses have said is stored. Anything besides was made by a refused request. */
export class Tally {
  readonly #service: TestService;
  #rows = 0;
  readonly #operations = new Set<number>();
  readonly #reference: ReferenceTally;
  /** Laws that are broken already. */
  #broken: ReadonlySet<string> = new Set();

  private constructor(service: TestService) {
    this.#service = service;
    this.#reference = new ReferenceTally(service);
  }

  /** Begins with what is stored. */
  static async of(service: TestService): Promise<Tally> {
    const tally = new Tally(service);
    await tally.#adopt();
    await tally.#reference.adopt();
    return tally;
  }

  add(request: FuzzedRequest, reply: RawReply): void {
    this.#reference.add(request, reply);
    const { method, path } = request;
    const { statuses, text } = reply;
    if (method !== 'POST' || statuses[0] === undefined || statuses[0] >= 300) return;
    const { operationId, inserted, replaced } = bodyOf(text) as Record<string, unknown>;
    if (typeof operationId === 'number') this.#operations.add(operationId);
    const isIngest = /^\/v1\/(market-data|alert-logs)$/.test(decode(path));
    if (isIngest && !/^idempotency-replayed: true/im.test(text))
      this.#rows += Number(inserted ?? 0) + Number(replaced ?? 0);
  }

  /** How the store differs since it was compared last. */
  async differences(): Promise<string[]> {
    const [expected, known] = [this.#rows, new Set(this.#operations)];
    await this.#adopt();
    const unknown = await this.#describe([...this.#operations].filter((id) => !known.has(id)));
    const lost = [...known].filter((id) => !this.#operations.has(id));
    const broken = new Set(await checkLedger(this.#service, ['market_data', 'alert_logs']));
    const news = [...broken].filter((law) => !this.#broken.has(law));
    this.#broken = broken;
    return [
      ...(this.#rows === expected ? [] : [`${this.#rows} rows are stored, and the receipts say ${expected}`]),
      ...(unknown.length === 0 ? [] : [`operations that no response has named: ${unknown.join('; ')}`]),
      ...(lost.length === 0 ? [] : [`operations that are not stored: ${lost}`]),
      ...news,
      ...(await this.#reference.differences()),
    ];
  }

  async #describe(ids: readonly number[]): Promise<string[]> {
    const found = await this.#service.sql<{ text: string }>(
      `select concat_ws(' ', id, kind, target, selector, 'of batch', batch_id, 'with key', idempotency_key, 'at', at) as text
         from tick_store.operations where id = any($1::int8[])`,
      [ids],
    );
    return found.map(({ text }) => text);
  }

  /** Rows of both tables, deleted ones included, and operations on them. */
  async #adopt(): Promise<void> {
    const [count] = await this.#service.sql<{ rows: number }>(
      'select ((select count(*) from tick_store.market_data) + (select count(*) from tick_store.alert_logs))::int4 as rows',
    );
    this.#rows = count?.rows ?? 0;
    this.#operations.clear();
    // the response to a change of reference data does not name its operation
    const operations = await this.#service.sql<{ id: number }>(
      `select id::float8 as id from tick_store.operations where kind <> 'change'`,
    );
    for (const { id } of operations) this.#operations.add(id);
  }
}
