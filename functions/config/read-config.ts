import { checkValue, listErrors } from '../contract/check-value.ts';
import type { ConfigResponse } from '../contract/config.ts';
import { effectiveConfig } from './effective-config.ts';
import { readCompanion } from './read-companion.ts';
import { validateConfig } from './validate-config.ts';

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
 * The effective configuration and its validation.
 * @param file a path to use instead of the file next to the bundle
 * @throws Error if the file is not what the stack writes
 */
export async function readConfigResponse(file: string | undefined): Promise<ConfigResponse> {
  // a file, for a function's environment ends at 4 KB
  const text = await readCompanion('config.json', file);
  if (text === undefined) return NOT_DEPLOYED;
  const checked = checkValue(effectiveConfig, JSON.parse(text));
  if ('errors' in checked) throw new Error(`config.json is not what the stack writes: ${listErrors(checked.errors)}`);
  const configuration = checked.value;
  return { configuration, validation: validateConfig(configuration) };
}
