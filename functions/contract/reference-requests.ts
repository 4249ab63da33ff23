import type { RoutesOf } from './endpoints.ts';
import {
  instrumentList,
  instrumentPatch,
  instrumentRequest,
  ruleList,
  rulePatch,
  ruleRequest,
} from './reference-data.ts';
import { instrumentPath, rulePath } from './reference-paths.ts';
import { none, type RouteRequest } from './route.ts';

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
