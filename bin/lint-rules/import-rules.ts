import { posix } from 'node:path';
import { ALLOWED } from './layers.ts';

/** One of Biome's overrides: imports that are forbidden in the files of `includes`. */
export interface ImportRule {
  readonly includes: readonly string[];
  readonly linter: { readonly rules: { readonly style: { readonly noRestrictedImports: object } } };
}

const rule = (includes: readonly string[], patterns: readonly { group: readonly string[]; message: string }[]) => ({
  includes,
  linter: { rules: { style: { noRestrictedImports: { level: 'error', options: { patterns } } } } },
});

/** Everything else in the repository, as a function's file would name it. */
const OUTSIDE = {
  group: ['**/lib/**', '**/bin/**', '**/infra.config.ts', 'aws-cdk-lib', 'aws-cdk-lib/**', 'constructs'],
  message: 'functions/ knows nothing of where it runs',
};
const TESTS = { group: ['**/tests/**'], message: 'nothing imports tests/' };
const ENTRIES = {
  group: ['../functions/*.ts', '../../functions/*.ts', '../../../functions/*.ts', '../../../../functions/*.ts'],
  message: 'an entry is named by its path, never imported: it would run',
};

/** The path of a folder as an import from the folder `from` writes it: `../contract`. */
function pathTo(from: string, to: string): string {
  const path = posix.relative(from, to);
  return path.startsWith('.') ? path : `./${path}`;
}

/** Patterns apply in order, as in a `.gitignore`: everything is forbidden, then some of it is allowed again. */
function layerRule({ folder, imports, packages }: (typeof ALLOWED)[number]): ImportRule {
  const own = folder === '.' ? './services.ts' : './*.ts';
  const group = [
    '**',
    `!${own}`,
    ...imports.map((lower) => `!${pathTo(folder, lower)}/*.ts`),
    ...(folder === 'contract' ? [] : ['!node:*', '!node:*/*', 'node:http', 'node:https']),
    ...packages.flatMap((name) => [`!${name}`, `!${name}/**`]),
  ];
  const packaged = packages.length === 0 ? 'no package' : packages.join(', ');
  const message = `functions/${folder} imports lower folders (${imports.join(', ') || 'none'}) and ${packaged}: bin/lint-rules/layers.ts`;
  return rule([posix.join('functions', folder, '*.ts')], [{ group, message }]);
}

/** The client is used in other programs, so each of its folders lists everything that it may import. */
const clientRule = (includes: string, allowed: readonly string[], what: string) =>
  rule([includes], [{ group: ['**', ...allowed.map((one) => `!${one}`)], message: `the client depends on ${what}` }]);
const BROWSER_SAFE = 'nothing else in this repository, and runs in a browser';
const CLIENT_RULES = [
  clientRule('lib/client/*.ts', ['./requests/*.ts', './sender/*.ts', './dialect/*.ts'], BROWSER_SAFE),
  clientRule('lib/client/requests/**', ['./*.ts', 'aws4fetch'], BROWSER_SAFE),
  clientRule('lib/client/dialect/**', ['./*.ts'], BROWSER_SAFE),
  clientRule('lib/client/sender/**', ['./*.ts', '../requests/*.ts'], BROWSER_SAFE),
  clientRule(
    'lib/client/spool/**',
    ['./*.ts', '../requests/*.ts', '../sender/*.ts', 'node:*', 'node:*/*'],
    'nothing else in this repository; its spool needs Node',
  ),
];

/**
 * The local cloud is a package of its own: it imports nothing from the product, and the product imports only its entry.
 */
const PRODUCT = {
  group: [
    ...['**/functions/**', '**/lib/**', '**/config/**', '**/constructs/**', '**/local/**', '**/drills/**', '**/bin/**'],
    ...['**/infra.config.ts', '**/cdk.json', 'aws-cdk-lib', 'aws-cdk-lib/**', 'constructs', '@tick-store/**'],
  ],
  message: 'lib/local-cloud knows nothing of the product',
};
const LOCAL_CLOUD_FILES = {
  group: ['**/local-cloud/**', '@tick-store/local-cloud/**'],
  message: 'the local cloud is imported by its name, @tick-store/local-cloud',
};
const LOCAL_CLOUD = {
  group: ['**/local-cloud/**', '@tick-store/**'],
  message: 'only bin/local.ts, lib/local and tests import the local cloud',
};
const DEVELOPMENT = {
  group: ['**/lib/local/**', '../local/**', '../../local/**'],
  message: "the stack knows nothing of the service on a developer's machine",
};

/**
 * The folders of `lib/constructs`, lowest first: names and acknowledgements, what is built on them, and the constructs
 * that combine those. A folder may import the folders listed here, and itself.
 */
const CONSTRUCTS: readonly { readonly folder: string; readonly imports: readonly string[] }[] = [
  { folder: 'shared', imports: [] },
  { folder: 'alarms', imports: ['shared'] },
  { folder: 'database', imports: ['shared'] },
  { folder: 'functions', imports: ['shared', 'database'] },
];

function constructsRule({ folder, imports }: (typeof CONSTRUCTS)[number]): ImportRule {
  const group = ['../*.ts', '../*/*.ts', ...imports.map((lower) => `!../${lower}/*.ts`)];
  const message = `lib/constructs/${folder} imports ${imports.join(', ') || 'no folder'} of lib/constructs`;
  return rule([`lib/constructs/${folder}/**`], [TESTS, ENTRIES, LOCAL_CLOUD, DEVELOPMENT, { group, message }]);
}

/** `lib/config` imports nothing that is built from it. */
const CONFIG = {
  group: ['../constructs/**', '../runbook/**', '../drills/**', '../stack.ts', 'aws-cdk-lib', 'aws-cdk-lib/**'],
  message: 'lib/config knows nothing of the stack',
};

/** All import rules, the general ones first: if two match a file, Biome applies the later. */
export const importRules = (): ImportRule[] => [
  rule(['functions/**'], [OUTSIDE, TESTS]),
  ...ALLOWED.map(layerRule),
  rule(
    ['functions/health/analyse-sample.ts'],
    [{ group: ['**', '!../contract/*.ts'], message: 'analyse-sample.ts imports nothing that asks or waits' }],
  ),
  rule(['lib/**', 'bin/**'], [TESTS, ENTRIES, LOCAL_CLOUD]),
  rule(['lib/config/**', 'lib/constructs/**', 'lib/drills/**', 'lib/*.ts'], [TESTS, ENTRIES, LOCAL_CLOUD, DEVELOPMENT]),
  rule(['lib/config/**'], [TESTS, ENTRIES, LOCAL_CLOUD, DEVELOPMENT, CONFIG]),
  ...CONSTRUCTS.map(constructsRule),
  rule(['lib/local/**', 'bin/local.ts'], [TESTS, ENTRIES, LOCAL_CLOUD_FILES]),
  rule(['tests/**'], [LOCAL_CLOUD_FILES]),
  rule(['lib/local-cloud/**'], [PRODUCT, { ...TESTS, group: ['**/tests/**', '!./**'] }]),
  rule(['lib/local-cloud/tests/**'], [PRODUCT]),
  ...CLIENT_RULES,
];
