import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expand, newInstrument, remove, restore } from '../support/records.ts';
import { type ModelEffect, type ModelRecord, RevisionModel } from '../support/revision-model.ts';
import { type Reply, startService, type TestService } from '../support/service.ts';
import { tick } from '../support/ticks.ts';

/** Random histories of corrections, deletions, restorations, undo, redo and replays do what a model in memory does. */

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

/** Few, for the suite: `HISTORIES=300 npx vitest run corrections-model` looks further. */
const HISTORIES = Number(process.env['HISTORIES'] ?? 4);
const DAY = '2026-11-02';

const sequence = fc.integer({ min: 1, max: 3 });
const record = fc.record({ sequence, price: fc.integer({ min: 1, max: 3 }) });
const selector = fc.constantFrom('ids' as const, 'filter' as const, 'batch' as const);
const nth = fc.nat({ max: 20 });
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('send' as const),
      records: fc.uniqueArray(record, { minLength: 1, maxLength: 3, selector: (one) => one.sequence }),
      replacing: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('delete' as const), selector, nth, count: fc.nat({ max: 4 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('restore' as const), selector, nth, count: fc.nat({ max: 4 }) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('take back' as const), nth }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const FIRST: Step = { kind: 'send', records: [{ sequence: 1, price: 1 }], replacing: false };

/** One history: the service and the model side by side. */
class History {
  readonly #symbol: string;
  readonly #model = new RevisionModel();
  readonly #batches: number[] = [];
  /** What was read right after each moment. */
  readonly recorded: [moment: string, state: object][] = [];
  /** The last keyed request, and its response. */
  #last: { readonly again: () => Promise<Reply>; readonly text: string } | undefined;
  #keys = 0;
  /** Of the last batch or operation. */
  #moment = '';

  constructor(symbol: string) {
    this.#symbol = symbol;
  }

  async run(one: Step): Promise<void> {
    if (one.kind === 'send') await this.#send(one.records, one.replacing);
    else if (one.kind === 'take back') await this.#takeBack(one.nth);
    else await this.#change(one.kind, one);
    const again = await this.#last?.again();
    expect([again?.text, again?.headers.get('idempotency-replayed')]).toEqual([this.#last?.text, 'true']);
    const state = await this.read();
    this.recorded.push([this.#moment, state]);
    expect(state.rows).toEqual(
      this.#model.rows.map(({ id, price, deletedBy }) => ({ id, price, deletedBy })).sort((a, b) => a.id - b.id),
    );
    expect(state.live).toEqual(
      this.#model
        .live()
        .map(({ id }) => id)
        .sort((a, b) => a - b),
    );
  }

  async #keyed(send: (headers: Record<string, string>) => Promise<Reply>): Promise<Reply> {
    const headers = { 'Idempotency-Key': `${this.#symbol}-${++this.#keys}` };
    const reply = await send(headers);
    expect([reply.status, reply.body.detail]).toEqual([200, undefined]);
    this.#last = { again: () => send(headers), text: reply.text };
    return reply;
  }

  async #send(records: readonly ModelRecord[], replacing: boolean): Promise<void> {
    const body = { records: records.map((one) => tick({ symbol: this.#symbol, ...one })) };
    const query = replacing ? { onConflict: 'replace', reason: 'model' } : {};
    const reply = await this.#keyed((headers) => service.post('/v1/market-data', body, { query, headers }));
    const { batchId, outcomes, operationId } = reply.body;
    const expected = this.#model.send(batchId, records, replacing);
    const indexes = (outcome: string) => expected.flatMap((one, index) => (one === outcome ? [index] : []));
    for (const [outcome, ranges] of Object.entries(outcomes) as [string, [number, number][]][])
      expect([outcome, expand(ranges)]).toEqual([outcome, indexes(outcome)]);
    if (replacing) expect(operationId).toBe(expected.includes('replaced') ? batchId : null);
    this.#batches.push(batchId);
    this.#moment = `batch:${batchId}`;
  }

  /** The rows that a request names, and the request. */
  #selected({ selector: by, nth: start, count }: Exclude<Step, { kind: 'send' | 'take back' }>) {
    const ids = this.#model.rows.map(({ id }) => id);
    if (by === 'filter') return { ids, body: { filter: { symbol: this.#symbol, start: DAY, end: DAY } } };
    if (by === 'batch') {
      const batchId = this.#batches[start % this.#batches.length] as number;
      return { ids: ids.filter((id) => Math.floor(id / 65_536) === batchId), body: { batchId } };
    }
    const chosen = ids.filter((_, index) => (index + start) % (count + 1) === 0);
    return { ids: chosen, body: { ids: chosen, batchSize: 1 + (start % 3) } };
  }

  async #change(kind: 'delete' | 'restore', one: Exclude<Step, { kind: 'send' | 'take back' }>): Promise<void> {
    const { ids, body } = this.#selected(one);
    const send = kind === 'delete' ? remove : restore;
    await this.#operate(send, body, (id) => this.#model[kind](id, ids));
  }

  async #takeBack(which: number): Promise<void> {
    const taken = this.#model.operations[which % Math.max(1, this.#model.operations.length)];
    if (taken === undefined) return;
    const kind = taken.kind === 'restoration' ? 'deletion' : 'restoration';
    const send = kind === 'deletion' ? remove : restore;
    await this.#operate(send, { operationId: taken.id }, (id) => this.#model.takeBack(id, kind, taken));
  }

  async #operate(send: typeof remove, body: object, effect: (id: number) => ModelEffect): Promise<void> {
    const dry = await send(service, { ...body, dryRun: true });
    const expectedCount = dry.body.affected;
    const { body: done } = await this.#keyed((headers) => send(service, { ...body, expectedCount }, { headers }));
    const { affected, unchanged, alsoDeletedBy } = effect(done.operationId);
    expect({
      ...done,
      ids: { affected: expand(done.ids.affected), unchanged: expand(done.ids.unchanged) },
    }).toMatchObject({
      ...{ requested: affected.length + unchanged.length, affected: affected.length, unchanged: unchanged.length },
      ...{ notFound: 0, ids: { affected, unchanged }, ...(alsoDeletedBy ? { alsoDeletedBy } : {}) },
    });
    expect([dry.body.ids, dry.body.alsoDeletedBy]).toEqual([done.ids, done.alsoDeletedBy]);
    this.#moment = `operation:${done.operationId}`;
  }

  /** What can be read, now or as of a moment. */
  async read(asOf?: string) {
    const get = async (path: string, query: object = {}) => {
      const moment = asOf === undefined ? {} : { asOf };
      const { body } = await service.get(path, { query: { symbol: this.#symbol, ...moment, ...query } });
      return body.data;
    };
    type Row = { id: number; price: number; deletedBy: number | null };
    const rows: Row[] = await get('/v1/market-data', { includeDeleted: true, order: 'asc' });
    const live: Row[] = await get('/v1/market-data');
    return {
      rows: rows.map(({ id, price, deletedBy }) => ({ id, price, deletedBy })).sort((a, b) => a.id - b.id),
      live: live.map(({ id }) => id).sort((a, b) => a - b),
      bars: await get('/v1/market-data/bars', { interval: '1d' }),
    };
  }
}

test('counts, ids, reads, replays and reads as of every moment are those of the model', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
      const history = new History(await newInstrument(service));
      for (const one of [FIRST, ...steps]) await history.run(one);
      for (const [moment, state] of history.recorded)
        expect([moment, await history.read(moment)]).toEqual([moment, state]);
    }),
    { numRuns: HISTORIES },
  );
}, 600_000);
