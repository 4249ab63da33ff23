import { gzipSync } from 'node:zlib';
import { bodyOf, MEDIA_TYPES } from '../support/bodies.ts';
import type { Reply } from '../support/service.ts';
import { checkSearch } from './check-reads.ts';
import { checkIngest, checkInstrument, checkKey, type Verify } from './check-replies.ts';
import { type IngestStep, type InstrumentStep, PACKETS, RULES, type Step } from './commands.ts';
import type { IngestModel } from './model-ingest.ts';
import { at, type Earlier, type HistoryNames, keyHeader, type ModelRequest, PATHS } from './model-request.ts';
import { operationRequest } from './operation-requests.ts';
import { followRequest, readRequest, singleRequest } from './read-requests.ts';
import type { HistoryModel, ModelInstrument } from './store-model.ts';

/** Makes the request of a step from what the model holds now; undefined if there is nothing to pick from. */
export function requestOf(
  step: Step,
  model: HistoryModel,
  names: HistoryNames,
  earlier: Earlier,
): ModelRequest | undefined {
  switch (step.do) {
    case 'ingest':
      return ingestRequest(step, names);
    case 'deletion':
    case 'restoration':
      return operationRequest(step, model, names);
    case 'replay':
      return at(
        earlier.sent.filter(({ headers }) => 'idempotency-key' in headers),
        step.pick,
      );
    case 'follow':
      return followRequest(step, earlier);
    case 'instrument':
      return instrumentRequest(step, names);
    case 'search':
      return {
        ...{ method: 'GET', path: '/v1/instruments', query: { search: names.prefix, limit: 100 } },
        ...{ headers: {}, body: undefined, verify: checkSearch },
      };
    case 'expire':
      return undefined;
    case 'receipt':
    case 'operation':
    case 'row':
      return singleRequest(step, model);
    default:
      return readRequest(step, model, names, earlier);
  }
}

/** An id that no rule has. */
const NO_RULE = 2_000_000_000;

function ingestRequest(step: IngestStep, names: HistoryNames): ModelRequest {
  const packet = step.packet && step.bars === null;
  const records = step.records.map(({ symbol, input: { rule, ...input }, verdict }) => ({
    input: {
      symbol: names.symbols[packet ? PACKETS : symbol] as string,
      ...(input as { timestamp: string }),
      ...(rule === undefined ? {} : { ruleId: rule === RULES ? NO_RULE : names.rules[rule as number] }),
    },
    verdict,
  }));
  const { of, atomic, bars, createInstruments: created, batchSize } = step;
  const replace = step.replace && !packet;
  const model: IngestModel = { of, records, atomic, packet, replace, bars, created };
  const isGzip = step.format === 'gzip';
  const format = step.format === 'gzip' ? 'ndjson' : step.format;
  const inputs = records.map(({ input }) =>
    of === 'alerts' ? input : { sequence: null, price: null, volume: null, bid: null, ...input },
  );
  const text = bodyOf(format, format === 'csv' ? inputs.map(inOneOrder) : inputs);
  const query = {
    ...(atomic ? { atomic } : {}),
    ...(packet ? { sequenceOf: 'packet' } : {}),
    ...(replace ? { onConflict: 'replace', reason: 'a step of a history' } : {}),
    ...(created ? { createInstruments: true } : {}),
    ...(bars === null ? {} : { bars }),
    ...(batchSize === null ? {} : { batchSize }),
  };
  const headers = {
    'content-type': MEDIA_TYPES[format],
    ...(isGzip ? { 'content-encoding': 'gzip' } : {}),
    ...keyHeader(step.key, names),
  };
  const payload = JSON.stringify(['ingest', of, query, text, format, isGzip]);
  return {
    ...{ method: 'POST', path: PATHS[of], query, headers, body: isGzip ? gzipSync(text) : text },
    verify: checkKey(headers, payload, (state, reply) => checkIngest(state, model, reply)),
  };
}

/** A CSV header names the fields of the first record, so all records must have them in the same order. */
const inOneOrder = (input: object) => {
  const { symbol, timestamp, sequence, price, volume, bid } = input as Record<string, unknown>;
  return { symbol, timestamp, sequence, price, volume, bid };
};

function instrumentRequest(step: InstrumentStep, names: HistoryNames): ModelRequest {
  const symbol = names.symbols[step.symbol] as string;
  const named: Partial<ModelInstrument> = {
    ...(step.status === null ? {} : { status: step.status }),
    ...(step.priceDecimals === null ? {} : { priceDecimals: step.priceDecimals }),
  };
  const { method } = step;
  const verify: Verify = (state, reply: Reply) => checkInstrument(state, symbol, method, named, reply);
  return { method, path: `/v1/instruments/${symbol}`, query: {}, headers: {}, body: named, verify };
}
