import { isDeepStrictEqual } from 'node:util';
import type { Reply } from '../support/service.ts';
import { type IngestModel, predictIngest, receiptOf, storeBatch } from './model-ingest.ts';
import { type OperationModel, predictOperation } from './model-operations.ts';
import { predictBars, predictRows, type ReadModel, shown, toNineDigits } from './model-reads.ts';
import { type ModelOperation, type StoreModel, toRanges } from './store-model.ts';

/** Where a reply is not what the contract says. */
export class Difference extends Error {
  override readonly name = 'Difference';
}

/** Compares a reply with the model and carries out in the model what was done. */
export type Verify = (model: StoreModel, reply: Reply, isAlone: boolean) => void;

function expectSame(what: string, got: unknown, expected: unknown): void {
  if (isDeepStrictEqual(got, expected)) return;
  throw new Difference(`${what}\n  got      ${JSON.stringify(got)}\n  expected ${JSON.stringify(expected)}`);
}

/** What a key adds to a request: it is taken by the first that is stored, and returns what that one did. */
export function checkKey(
  headers: Readonly<Record<string, string>>,
  payload: string,
  perform: (model: StoreModel, reply: Reply) => boolean,
): Verify {
  return (model, reply, isAlone) => {
    const key = headers['idempotency-key'];
    const taken = key === undefined ? undefined : model.keys.get(key);
    if (!isAlone && key !== undefined && reply.body.code === 'request_in_progress') return;
    if (taken === undefined) {
      expectSame('replayed', reply.headers.get('idempotency-replayed'), null);
      const isStored = perform(model, reply);
      if (isStored && key !== undefined) model.keys.set(key, { payload, text: reply.text });
    } else if (taken.payload === payload) {
      expectSame(
        'replay',
        [reply.status, reply.text, reply.headers.get('idempotency-replayed')],
        [200, taken.text, 'true'],
      );
    } else {
      expectSame('a taken key', [reply.status, reply.body.code], [409, 'idempotency_key_reused']);
    }
  };
}

const subset = (body: Record<string, unknown>, of: object) =>
  Object.fromEntries(Object.keys(of).map((name) => [name, body[name]]));

/** Returns whether the batch was stored. */
export function checkIngest(model: StoreModel, ingest: IngestModel, { status, body, text }: Reply): boolean {
  const { outcomes, codes, refused } = predictIngest(model, ingest);
  const replaced = outcomes.includes('replaced');
  const receipt = receiptOf(outcomes, ingest.replace);
  expectSame('status of a batch', [status, body.code], refused === undefined ? [200, undefined] : [422, refused]);
  expectSame(`receipt of ${status}`, subset(body, receipt), receipt);
  const said = new Map(
    body.rejections.map((rejection: { index: number; code: string }) => [rejection.index, rejection.code]),
  );
  const expected = [...codes].map(([index, code]) => [index, code === 'any' ? said.get(index) : code]);
  expectSame('rejections', [...said], expected);
  if (refused !== undefined) return false;
  if (model.batches.some(({ id }) => id === body.batchId)) throw new Difference(`batchId ${body.batchId} given twice`);
  const operationId = ingest.replace ? (replaced ? body.batchId : null) : undefined;
  expectSame('the correction of a batch', body.operationId, operationId);
  expectSame('first id', body.firstId, body.batchId * 65_536);
  storeBatch(model, ingest, outcomes, body);
  model.batches.push({ id: body.batchId, text });
  return true;
}

/** Returns whether the operation was stored. */
export function checkOperation(model: StoreModel, operation: OperationModel, reply: Reply): boolean {
  const { deleted, restored, unchanged, foundDeleted, effect } = predictOperation(model, operation);
  const { status, body, text } = reply;
  const { expectedCount, dryRun } = operation;
  if (expectedCount !== undefined && expectedCount !== deleted.length + restored.length) {
    expectSame('another count', [status, body.code], [409, 'expected_count_mismatch']);
    return false;
  }
  expectSame('status of an operation', [status, body.code], [200, undefined]);
  expectSame(`effect of a ${operation.operation}`, subset(body, effect), effect);
  expectSame('kind', [body.kind, body.dryRun, body.reason], [operation.operation, dryRun, 'a step of a history']);
  if (dryRun) expectSame('id of a dry run', body.operationId, null);
  else
    model.record({ id: body.operationId, kind: operation.operation, deleted, restored, unchanged, foundDeleted, text });
  return !dryRun;
}

/** One page, the newest row, or bars. */
export function checkRead(
  model: StoreModel,
  what: 'page' | 'latest' | 'bars',
  read: ReadModel & { readonly limit: number; readonly interval: '1m' | '1d' },
  { status, body }: Reply,
): void {
  expectSame(`status of ${what}`, [status, body.code], [200, undefined]);
  if (what === 'latest') {
    const [newest] = predictRows(model, { ...read, bars: null, order: 'desc' });
    const row = body.data[read.symbol];
    expectSame('latest', row && shown(row), newest === undefined ? null : shown(newest));
  } else if (what === 'bars') {
    const bars = predictBars(model, { ...read, includeDeleted: false });
    const got = body.data.map(({ symbol: _, complete: __, vwap, ...bar }: Record<string, unknown>) => ({
      ...bar,
      vwap: typeof vwap === 'number' ? toNineDigits(vwap) : vwap,
    }));
    expectSame('bars', got, bars);
  } else {
    const rows = predictRows(model, read);
    expectSame('page', body.data.map(shown), rows.slice(0, read.limit).map(shown));
    expectSame('whether there is a next page', body.nextCursor !== null, rows.length > read.limit);
  }
}

/** A receipt, an operation or a tick by its id. */
export function checkSingle(model: StoreModel, what: 'receipt' | 'operation' | 'tick', id: number, reply: Reply): void {
  if (what === 'tick') {
    const row = model.find(id);
    const isThere = row !== undefined && row.deletedBy === null;
    expectSame('status of a tick', reply.status, isThere ? 200 : 404);
    if (isThere) expectSame('a tick', shown(reply.body), shown(row));
    return;
  }
  const list = what === 'receipt' ? model.batches : model.operations;
  const item = list.find((one) => one.id === id);
  if (item?.text !== undefined) expectSame(`the ${what} again`, [reply.status, reply.text], [200, item.text]);
  else checkCorrection(item as ModelOperation, reply);
}

/** Which deleted revisions of a key a correction names as unchanged is not said by the contract. */
function checkCorrection({ deleted, restored }: ModelOperation, { status, body }: Reply): void {
  const got = [status, body.kind, body.affected, body.ids.affected, body.stored];
  expectSame('a correction', got, [200, 'correction', deleted.length, toRanges(deleted), toRanges(restored)]);
}
