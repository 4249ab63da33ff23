import { apiHandler } from './http/api-handler.ts';
import { saveRule } from './reference-data/alert-rules.ts';
import { saveInstrument } from './reference-data/instruments.ts';
import { createServices } from './services.ts';

const services = await createServices();
const { database } = services;

/** Creates and changes instruments and alert rules. */
export const handler = apiHandler<'reference-data'>(services, {
  putInstrument: async ({ params, body, options }) => ({
    value: await saveInstrument(database, params.symbol, body, options),
  }),
  putAlertRule: async ({ params, body, options }) => ({ value: await saveRule(database, params.name, body, options) }),
});
