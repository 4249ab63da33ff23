import { isDeepStrictEqual } from 'node:util';
import type { Reply } from '../support/service.ts';
import { type IngestModel, predictIngest, receiptOf, storeBatch } from './model-ingest.ts';
import { type OperationModel, predictOperation } from './model-operations.ts';
import {
  type HistoryModel,
  type ModelInstrument,
  type ModelOperation,
  type StoreModel,
  toRanges,
} from './store-model.ts';

/** Thrown if a reply differs from the contract. */
export class Difference extends Error {
  override readonly name = 'Difference';
}

/** Compares a reply with the model, and applies to the model what was done. */
export type Verify = (model: HistoryModel, reply: Reply, isAlone: boolean) => void;

export function expectSame(what: string, got: unknown, expected: unknown): void {
  if (isDeepStrictEqual(got, expected)) return;
  throw new Difference(`${what}\n  got      ${JSON.stringify(got)}\n  expected ${JSON.stringify(expected)}`);
}

/** Checks a request with a key. The first stored request takes the key, and later ones return its response. */
export function checkKey(
  headers: Readonly<Record<string, string>>,
  payload: string,
  perform: (model: HistoryModel, reply: Reply) => boolean,
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

export const subset = (body: Record<string, unknown>, of: object) =>
  Object.fromEntries(Object.keys(of).map((name) => [name, body[name]]));

/** Checks an ingest. Returns whether the batch was stored. */
export function checkIngest(model: HistoryModel, ingest: IngestModel, { status, body, text }: Reply): boolean {
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
  if (model[ingest.of].batches.some(({ id }) => id === body.batchId))
    throw new Difference(`batchId ${body.batchId} given twice`);
  const operationId = ingest.replace ? (replaced ? body.batchId : null) : undefined;
  expectSame('the correction of a batch', body.operationId, operationId);
  expectSame('first id', body.firstId, body.batchId * 65_536);
  storeBatch(model, ingest, outcomes, body);
  model[ingest.of].batches.push({ id: body.batchId, text, isExpired: false });
  return true;
}

/** Checks an operation. Returns whether it was stored. */
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

/** Checks a receipt or an operation by its id. */
export function checkSingle(store: StoreModel, what: 'receipt' | 'operation', id: number, reply: Reply): void {
  if (what === 'receipt') {
    const batch = store.batches.find((one) => one.id === id);
    if (batch?.isExpired === false) expectSame('the receipt again', [reply.status, reply.text], [200, batch.text]);
    else checkExpired(JSON.parse(batch?.text ?? '{}'), reply);
    return;
  }
  const operation = store.operations.find((one) => one.id === id);
  if (operation?.text !== undefined)
    expectSame('the operation again', [reply.status, reply.text], [200, operation.text]);
  else checkCorrection(operation as ModelOperation, reply);
}

/** Checks an expired receipt, which only has counts. */
function checkExpired({ batchId, received, inserted, rejected }: Record<string, unknown>, { status, body }: Reply) {
  const counts = { batchId, received, inserted, rejected };
  expectSame('an expired receipt', [status, subset(body, counts)], [200, counts]);
}

/** The contract does not say which deleted revisions of a key count as unchanged. */
function checkCorrection({ deleted, restored }: ModelOperation, { status, body }: Reply): void {
  const got = [status, body.kind, body.affected, body.ids.affected, body.stored];
  expectSame('a correction', got, [200, 'correction', deleted.length, toRanges(deleted), toRanges(restored)]);
}

/** Checks an instrument after a `PUT` or a `PATCH`, which may have created it. */
export function checkInstrument(
  model: HistoryModel,
  symbol: string,
  method: 'PUT' | 'PATCH',
  named: Partial<ModelInstrument>,
  { status, body }: Reply,
): void {
  const before = model.instruments.get(symbol);
  if (before === undefined && method === 'PATCH') {
    expectSame('an instrument that is not there', status, 404);
    return;
  }
  const defaults: ModelInstrument = { status: 'active', priceDecimals: 4 };
  const after = { ...(method === 'PUT' ? defaults : before), ...named } as ModelInstrument;
  expectSame(`status of a ${method}`, [200, 201].includes(status), true);
  expectSame('an instrument', subset(body, { symbol, ...after }), { symbol, ...after });
  model.instruments.set(symbol, after);
}
