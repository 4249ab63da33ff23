import { referenceRequests } from './contract/reference-requests.ts';
import { connectAhead } from './database/connect/connect-ahead.ts';
import { apiHandler } from './http/api-handler.ts';
import { versionedResponse } from './http/versioned-response.ts';
import { patchInstrument, putInstrument, putInstruments } from './reference-data/write-instruments.ts';
import { patchRule, putRule, putRules } from './reference-data/write-rules.ts';
import { createServices } from './services.ts';

const services = await createServices();
const { database: db } = services;
await connectAhead(services);

/** Creates and changes instruments and alert rules. */
export const handler = apiHandler(services, referenceRequests, {
  putInstrument: async (request) =>
    versionedResponse(await putInstrument(db, request.params.symbol, request.body, request)),
  patchInstrument: async (request) =>
    versionedResponse(await patchInstrument(db, request.params.symbol, request.body, request)),
  putInstruments: async (request) => ({ value: await putInstruments(db, request.body, request) }),
  putAlertRule: async (request) => versionedResponse(await putRule(db, request.params.name, request.body, request)),
  patchAlertRule: async (request) => versionedResponse(await patchRule(db, request.params.name, request.body, request)),
  putAlertRules: async (request) => ({ value: await putRules(db, request.body, request) }),
});
