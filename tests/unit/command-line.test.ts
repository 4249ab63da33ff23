import { join, resolve } from 'node:path';
import { pgbouncerSettings } from '@tick-store/local-cloud';
import { describe, expect, test } from 'vitest';
import { reservedConcurrency } from '../../lib/config/capacity.ts';
import { readConfig } from '../../lib/config/schema.ts';
import { type LocalSettings, MAX_CONCURRENCY, readCommandLine } from '../../lib/local/command-line.ts';

const project = join(import.meta.dirname, '..', '..');
const defaults = {
  port: 3000,
  dataDirectory: join(project, '.tick-store', 'data'),
  concurrency: 10,
  demo: false,
  fresh: false,
};

describe('npm start understands', () => {
  test.each<[string, string[], Record<string, string>, Partial<LocalSettings>]>([
    ['nothing', [], {}, {}],
    ['variables of other programs', [], { HOME: '/root', PORTS: 'x' }, {}],
    ['--fresh', ['--fresh'], {}, { fresh: true }],
    ['--demo', ['--demo'], {}, { demo: true }],
    ['PORT', [], { PORT: '8080' }, { port: 8080 }],
    ['PORT=0', [], { PORT: '0' }, { port: 0 }],
    ['the highest port', [], { PORT: '65535' }, { port: 65_535 }],
    ['an absolute DATA_DIR', [], { DATA_DIR: '/srv/ticks' }, { dataDirectory: '/srv/ticks' }],
    ['a relative DATA_DIR', [], { DATA_DIR: 'ticks' }, { dataDirectory: resolve('ticks') }],
    ['CONCURRENCY', [], { CONCURRENCY: '1' }, { concurrency: 1 }],
    ['the highest CONCURRENCY', [], { CONCURRENCY: String(MAX_CONCURRENCY) }, { concurrency: MAX_CONCURRENCY }],
    ['--database', ['--database', 'postgres'], {}, { backend: 'postgres' }],
    ['--database with an equals sign', ['--database=neon', '--fresh'], {}, { backend: 'neon', fresh: true }],
  ])('%s', (_, args, variables, expected) => {
    const settings = { ...defaults, ...expected };
    expect(readCommandLine(args, variables)).toEqual({ kind: 'start', settings, notices: [] });
  });

  test('--route, the former name of --database, with a note', () => {
    expect(readCommandLine(['--route', 'neon'], {})).toEqual({
      kind: 'start',
      settings: { ...defaults, backend: 'neon' },
      notices: ['--route is now called --database'],
    });
  });

  test.each([['--help'], ['-h']])('%s', (flag) => {
    expect(readCommandLine([flag], { PORT: 'nonsense' })).toEqual({ kind: 'help' });
  });
});

describe('npm start refuses', () => {
  const portRange = 'must be a whole number from 0 to 65535';
  test.each<[string, string[], Record<string, string>, string]>([
    ['an unknown flag', ['--frsh'], {}, 'Unknown option --frsh'],
    ['an unknown letter', ['-f'], {}, 'Unknown option -f'],
    ['a name that every object has', ['--constructor'], {}, 'Unknown option --constructor'],
    ['an argument', ['fresh'], {}, 'Unexpected argument fresh'],
    ['a value for a flag', ['--fresh=no'], {}, '--fresh takes no value'],
    ...[['--database', 'mysql'], ['--database'], ['--route', 'mysql'], ['--route']].map(
      (args): [string, string[], Record<string, string>, string] => [
        args.join(' '),
        args,
        {},
        '--database must be one of proxy, data-api, neon, postgres',
      ],
    ),
    ['--backend, which is not a flag', ['--backend', 'neon'], {}, 'Unknown option --backend'],
    [
      '--database without the -- before it',
      [],
      { npm_config_database: 'neon' },
      'npm took --database as its own option',
    ],
    ['--route without the -- before it', [], { npm_config_route: 'neon' }, 'npm took --route as its own option'],
    ['a variable that is called otherwise now', [], { TICK_STORE_OS_USER: 'me' }, 'TICK_STORE_OS_USER is now called'],
    ['--demo without the -- before it', [], { npm_config_demo: 'true' }, 'npm took --demo as its own option'],
    ['--no-fresh', ['--no-fresh'], {}, 'Unknown option --no-fresh'],
    ['--fresh without the -- before it', [], { npm_config_fresh: 'true' }, 'npm took --fresh as its own option'],
    ['a PORT in words', [], { PORT: 'abc' }, `PORT=abc ${portRange}`],
    ['an empty PORT', [], { PORT: '' }, `PORT= ${portRange}`],
    ['a PORT too high', [], { PORT: '65536' }, `PORT=65536 ${portRange}`],
    ['a negative PORT', [], { PORT: '-1' }, `PORT=-1 ${portRange}`],
    ['a fraction', [], { PORT: '3000.5' }, `PORT=3000.5 ${portRange}`],
    ['a PORT with an exponent', [], { PORT: '3e3' }, `PORT=3e3 ${portRange}`],
    ['a PORT with a blank', [], { PORT: ' 3000' }, `PORT= 3000 ${portRange}`],
    ['an empty DATA_DIR', [], { DATA_DIR: '' }, 'DATA_DIR= must be the path of a directory'],
    ['CONCURRENCY=0', [], { CONCURRENCY: '0' }, 'CONCURRENCY=0 must be a whole number from 1 to 100'],
    ['too much CONCURRENCY', [], { CONCURRENCY: '101' }, 'CONCURRENCY=101 must be a whole number from 1 to 100'],
  ])('%s', (_, args, variables, message) => {
    const refused = readCommandLine(args, variables);
    expect(refused).toEqual({ kind: 'refused', message: expect.stringContaining(message) });
  });
});

test('the highest concurrency leaves PgBouncer free clients, one per environment of each function', () => {
  const settings = readConfig({});
  const { pooler } = settings;
  const reserved = Object.values(reservedConcurrency(settings));
  const environments = reserved.reduce((sum, count) => sum + Math.min(count, MAX_CONCURRENCY), 0);
  expect(environments + 50).toBeLessThanOrEqual(Number(pgbouncerSettings(pooler)['max_client_conn']));
});
