import { gzipSync } from 'node:zlib';
import { bodyOf, MEDIA_TYPES } from '../support/bodies.ts';
import type { Reply } from '../support/service.ts';
import { checkIngest, checkKey, checkOperation, checkRead, checkSingle, type Verify } from './check-replies.ts';
import { type Selection, type Step, TIMES } from './commands.ts';
import type { IngestModel } from './model-ingest.ts';
import { type ModelSelector, type OperationModel, predictOperation } from './model-operations.ts';
import type { StoreModel } from './store-model.ts';

/** A step as it is sent, and how its reply is compared with the model. */
export interface ModelRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly query: Record<string, string | number | boolean>;
  readonly headers: Record<string, string>;
  readonly body: string | Uint8Array | object | undefined;
  /** Compares, and carries out in the model what the reply says was done. Throws `Difference`. */
  readonly verify: Verify;
}

/** What a history has been given to work with. */
export interface HistoryNames {
  readonly symbols: readonly string[];
  readonly keys: readonly string[];
}

/** Makes the request of a step from what the model holds now; undefined where there is nothing to pick from. */
export function requestOf(
  step: Step,
  model: StoreModel,
  names: HistoryNames,
  sent: readonly ModelRequest[],
): ModelRequest | undefined {
  switch (step.do) {
    case 'ingest':
      return ingestRequest(step, names);
    case 'deletion':
    case 'restoration':
      return operationRequest(step, model, names);
    case 'replay': {
      const keyed = sent.filter(({ headers }) => 'idempotency-key' in headers);
      return at(keyed, step.pick);
    }
    case 'page':
    case 'latest':
    case 'bars':
      return readRequest(step, model, names);
    default:
      return singleRequest(step, model);
  }
}

const at = <T>(list: readonly T[], pick: number): T | undefined => list[pick % Math.max(list.length, 1)];

const keyHeader = (key: number | null, names: HistoryNames): Record<string, string> =>
  key === null ? {} : { 'idempotency-key': names.keys[key] as string };

function ingestRequest(step: Step & { do: 'ingest' }, names: HistoryNames): ModelRequest {
  const records = step.records.map(({ symbol, input, verdict }) => ({
    input: {
      symbol: (step.packet && step.bars === null ? names.symbols.at(-1) : names.symbols[symbol]) as string,
      ...input,
    },
    verdict,
  }));
  const packet = step.packet && step.bars === null;
  const replace = step.replace && !packet;
  const model: IngestModel = { records, atomic: step.atomic, packet, replace, bars: step.bars };
  const isGzip = step.format === 'gzip';
  const format = step.format === 'gzip' ? 'ndjson' : step.format;
  const inputs = records.map(({ input }) => ({ sequence: null, price: null, volume: null, bid: null, ...input }));
  const text = bodyOf(format, format === 'csv' ? inputs.map(inOneOrder) : inputs);
  const query = {
    ...(step.atomic ? { atomic: true } : {}),
    ...(packet ? { sequenceOf: 'packet' } : {}),
    ...(replace ? { onConflict: 'replace', reason: 'a step of a history' } : {}),
    ...(step.bars === null ? {} : { bars: step.bars }),
  };
  const headers = {
    'content-type': MEDIA_TYPES[format],
    ...(isGzip ? { 'content-encoding': 'gzip' } : {}),
    ...keyHeader(step.key, names),
  };
  const payload = JSON.stringify(['ingest', query, text, format, isGzip]);
  return {
    ...{ method: 'POST', path: '/v1/market-data', query, headers, body: isGzip ? gzipSync(text) : text },
    verify: checkKey(headers, payload, (state, reply) => checkIngest(state, model, reply)),
  };
}

/** A CSV's header names the first record's fields, so all must have them in one order. */
const inOneOrder = (input: object) => {
  const { symbol, timestamp, sequence, price, volume, bid } = input as Record<string, unknown>;
  return { symbol, timestamp, sequence, price, volume, bid };
};

function operationRequest(
  step: Step & { do: 'deletion' | 'restoration' },
  model: StoreModel,
  names: HistoryNames,
): ModelRequest | undefined {
  const selector = selectorOf(step, model, names);
  if (selector === undefined) return undefined;
  const wanted = { operation: step.do, selector, dryRun: step.dryRun, expectedCount: undefined };
  const { deleted, restored } = predictOperation(model, wanted);
  const right = deleted.length + restored.length;
  const operation: OperationModel = {
    ...wanted,
    expectedCount: step.countOff === null || step.dryRun ? undefined : right + step.countOff,
  };
  const { expectedCount, dryRun } = operation;
  const body = {
    ...{ ...selector, reason: 'a step of a history' },
    ...(expectedCount === undefined ? {} : { expectedCount }),
    ...(dryRun ? { dryRun } : {}),
  };
  const path = `/v1/market-data/${step.do}s`;
  const headers = keyHeader(step.key, names);
  return {
    ...{ method: 'POST', path, query: {}, headers, body },
    verify: checkKey(headers, JSON.stringify([path, body]), (state, reply) => checkOperation(state, operation, reply)),
  };
}

function selectorOf(
  step: Step & { do: 'deletion' | 'restoration' },
  model: StoreModel,
  names: HistoryNames,
): ModelSelector | undefined {
  const { selection } = step;
  if (selection.by === 'filter') {
    const { symbol, first, last, bars } = selection;
    const filter = {
      symbol: names.symbols[symbol] as string,
      start: TIMES[first] as string,
      end: TIMES[last] as string,
    };
    return { filter: bars === null ? filter : { ...filter, bars } };
  }
  if (selection.by === 'ids') return { ids: idsOf(selection, model) };
  if (selection.by === 'batch') {
    const batch = at(model.batches, selection.pick);
    return batch === undefined ? undefined : { batchId: batch.id };
  }
  // a restoration undoes deletions and corrections; a deletion takes back restorations
  const reversible = model.operations.filter(({ kind }) => (kind === 'restoration') === (step.do === 'deletion'));
  const operation = at(reversible, selection.pick);
  return operation === undefined ? undefined : { operationId: operation.id };
}

function idsOf({ picks, unknown, asRanges }: Selection & { by: 'ids' }, model: StoreModel) {
  const ids = picks.flatMap((pick) => at(model.rows, pick)?.id ?? []);
  const last = model.batches.at(-1);
  // an index that no record of the batch had
  if (unknown && last !== undefined) ids.push(last.id * 65_536 + 60_000);
  return asRanges ? ids.map((id): [number, number] => [id, id + 1]) : ids;
}

function readRequest(
  step: Step & { do: 'page' | 'latest' | 'bars' },
  model: StoreModel,
  names: HistoryNames,
): ModelRequest | undefined {
  const symbol = names.symbols[step.symbol] as string;
  const numbers = [
    ...model.batches.map(({ id }) => ({ id, text: `batch:${id}` })),
    ...model.operations.map(({ id }) => ({ id, text: `operation:${id}` })),
  ];
  const asOf = step.asOf === null ? undefined : at(numbers, step.asOf);
  const common = asOf === undefined ? {} : { asOf: asOf.text };
  const time = (index: number | null) => (index === null ? undefined : TIMES[index]);
  const start = step.do === 'latest' ? undefined : time(step.start);
  const end = step.do === 'latest' ? undefined : time(step.end);
  const period = { ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) };
  const { bars, order, includeDeleted, limit, interval } = step;
  const read = { symbol, bars, start, end, order, includeDeleted, asOf: asOf?.id };
  const flag = includeDeleted ? { includeDeleted } : {};
  const of = {
    page: {
      path: '/v1/market-data',
      query: { symbol, ...period, order, limit, ...flag, ...(bars === null ? {} : { bars }) },
    },
    latest: { path: '/v1/market-data/latest', query: { symbols: symbol, ...flag } },
    bars: {
      path: '/v1/market-data/bars',
      query: { symbol, interval, order, limit: 1000, ...period, ...(bars === null ? {} : { from: 'bars' }) },
    },
  }[step.do];
  const verify: Verify = (state, reply) => checkRead(state, step.do, { ...read, limit, interval }, reply);
  return { method: 'GET', path: of.path, query: { ...of.query, ...common }, headers: {}, body: undefined, verify };
}

function singleRequest(
  step: Step & { do: 'receipt' | 'operation' | 'tick' },
  model: StoreModel,
): ModelRequest | undefined {
  const lists = { receipt: model.batches, operation: model.operations, tick: model.rows };
  const id = at<{ readonly id: number }>(lists[step.do], step.pick)?.id;
  if (id === undefined) return undefined;
  const path = { receipt: `batches/${id}`, operation: `operations/${id}`, tick: `${id}` }[step.do];
  const verify: Verify = (state: StoreModel, reply: Reply) => checkSingle(state, step.do, id, reply);
  return { method: 'GET', path: `/v1/market-data/${path}`, query: {}, headers: {}, body: undefined, verify };
}
