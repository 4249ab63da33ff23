import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(import.meta.url);
const trimmed = (name: string) => join(import.meta.dirname, 'trimmed', name);

/**
 * Replacements for packages of which a function uses only a part. esbuild cannot tree-shake them because they are
 * CommonJS: 37 kB of a bundle. The longest matching name applies, so a replacement can import the real files.
 */
export const TRIMMED_PACKAGES: Readonly<Record<string, string>> = {
  pg: trimmed('pg.mjs'),
  'pg/lib/client.js': require.resolve('pg/lib/client.js'),
  'pg-copy-streams': trimmed('pg-copy-streams.mjs'),
  'pg-copy-streams/copy-from.js': require.resolve('pg-copy-streams/copy-from.js'),
  'pg-types': trimmed('pg-types.cjs'),
  pgpass: trimmed('pgpass.cjs'),
};

/** The same without what only the AWS SDK uses: saves 2 kB in functions that do not contain it. */
export const TRIMMED_WITHOUT_SDK: Readonly<Record<string, string>> = {
  ...TRIMMED_PACKAGES,
  '@aws/lambda-invoke-store': trimmed('lambda-invoke-store.mjs'),
};
