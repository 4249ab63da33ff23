import type { ConfigResponse } from '../contract/config.ts';
import { readCompanion } from './read-companion.ts';

const NOT_DEPLOYED: ConfigResponse = {
  configuration: null,
  validation: {
    isValid: true,
    warnings: ['This function runs outside a deployment: no configuration was written for it.'],
    errors: [],
    recommendations: ['Read lib/config/schema.ts for every setting, its unit, its default and its range.'],
  },
};

/**
 * The effective configuration and its validation, as JSON text (`config-response.ts` makes it).
 * @param file a path to use instead of the file next to the bundle
 */
export async function readConfigResponse(file: string | undefined): Promise<string> {
  // a file, for a function's environment ends at 4 KB
  return (await readCompanion('config.json', file)) ?? JSON.stringify(NOT_DEPLOYED);
}
