import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import type { ConfigResponse } from '../contract/config.ts';
import { effectiveConfig } from './effective-config.ts';
import { validateConfig } from './validate-config.ts';

/** Where the stack has put the effective configuration: a file beside the bundle, for environments end at 4 KB. */
const BESIDE_THE_BUNDLE = new URL('config.json', import.meta.url);

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
 * The configuration in force, and what is to be said of it.
 * @param file a path in place of the file beside the bundle
 * @throws Error where the file is not what the stack writes
 */
export async function readConfigResponse(file: string | undefined): Promise<ConfigResponse> {
  const text = await textOf(file === undefined ? BESIDE_THE_BUNDLE : pathToFileURL(file));
  if (text === undefined) return NOT_DEPLOYED;
  const configuration = effectiveConfig.parse(JSON.parse(text));
  return { configuration, validation: validateConfig(configuration) };
}

async function textOf(file: URL): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
