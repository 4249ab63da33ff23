import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(import.meta.url);
const trimmed = (name: string) => join(import.meta.dirname, 'trimmed', name);

/**
 * What esbuild takes instead of packages of which a function uses a part, and that it cannot take apart because they are
 * CommonJS: 37 kB of a bundle. The longest name that matches counts, so a replacement reaches the real files.
 */
export const TRIMMED_PACKAGES: Readonly<Record<string, string>> = {
  pg: trimmed('pg.mjs'),
  'pg/lib/client.js': require.resolve('pg/lib/client.js'),
  'pg-copy-streams': trimmed('pg-copy-streams.mjs'),
  'pg-copy-streams/copy-from.js': require.resolve('pg-copy-streams/copy-from.js'),
  'pg-types': trimmed('pg-types.cjs'),
  pgpass: trimmed('pgpass.cjs'),
};

/** The same without what only the AWS SDK uses: 2 kB, for functions that do not contain it. */
export const TRIMMED_WITHOUT_SDK: Readonly<Record<string, string>> = {
  ...TRIMMED_PACKAGES,
  '@aws/lambda-invoke-store': trimmed('lambda-invoke-store.mjs'),
};
