import type { ConfigResponse } from '../contract/config.ts';
import { effectiveConfig } from './effective-config.ts';
import { validateConfig } from './validate-config.ts';

/**
 * What `GET /v1/config` returns of a deployment. It is made when the bundles are made, and served as a file, so that no
 * function carries the validation.
 * @param settings the effective settings, with addresses masked
 * @throws Error if they are not in the form that the validation reads
 */
export function configResponseOf(settings: unknown): ConfigResponse {
  const configuration = effectiveConfig.parse(settings);
  return { configuration, validation: validateConfig(configuration) };
}
