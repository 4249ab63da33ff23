import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { CLIENT_API, currentApi } from '../../lib/client-codegen/current-api.ts';

const path = (name: string) => fileURLToPath(new URL(`../../lib/client/${name}`, import.meta.url));

test("the client's types are those of the OpenAPI document", () => {
  const isCurrent = readFileSync(CLIENT_API, 'utf8') === currentApi();
  expect(isCurrent, 'lib/client/requests/api.ts is out of date: npm run generate:client').toBe(true);
});

test('the client runs in a browser: it bundles without Node, in at most 50 kB', async () => {
  const options = {
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    platform: 'browser',
    metafile: true,
  } as const;
  const { outputFiles, metafile } = await build({ ...options, entryPoints: [path('index.ts')] });
  expect(Object.keys(metafile.inputs).filter((file) => !/lib\/client\/|node_modules\/aws4fetch/.test(file))).toEqual(
    [],
  );
  expect(outputFiles[0]?.contents.length).toBeLessThan(50_000);
});
