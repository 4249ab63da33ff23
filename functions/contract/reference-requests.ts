import * as z from 'zod/mini';
import type { RoutesOf } from './endpoints.ts';
import { symbol } from './fields.ts';
import {
  instrumentList,
  instrumentPatch,
  instrumentRequest,
  ruleList,
  ruleName,
  rulePatch,
  ruleRequest,
} from './reference-data.ts';
import { none, type RouteRequest } from './route.ts';

/** One instrument by its symbol. */
export const instrumentPath = z.strictObject({ symbol });
/** One alert rule by its name. */
export const rulePath = z.strictObject({ name: ruleName });

const instrument = { params: instrumentPath, query: none, conditional: true } as const;
const rule = { params: rulePath, query: none, conditional: true } as const;

/** What the function `reference-data` reads from the requests of its routes. */
export const referenceRequests = {
  putInstrument: { ...instrument, body: { json: instrumentRequest } },
  patchInstrument: { ...instrument, body: { json: instrumentPatch } },
  putInstruments: { params: none, query: none, body: { json: instrumentList } },
  putAlertRule: { ...rule, body: { json: ruleRequest } },
  patchAlertRule: { ...rule, body: { json: rulePatch } },
  putAlertRules: { params: none, query: none, body: { json: ruleList } },
} as const satisfies Record<RoutesOf<'reference-data'>, RouteRequest>;
