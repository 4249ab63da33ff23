import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../../lib/config/schema.ts';
import { everySubject } from '../../lib/runbook/alarm-facts.ts';
import { runbookOf } from '../../lib/runbook/runbook.ts';
import { PROJECT } from '../support/documented-commands.ts';

/**
 * Every command of the AWS CLI that the runbook, the documentation or a page tells somebody to type, held against the options of its
 * operation. They are vendored, so that this runs without the CLI and without a network.
 */

interface Operation {
  readonly options: readonly string[];
  readonly required: readonly string[];
  readonly positional: number;
}

const { operations } = JSON.parse(readFileSync(join(PROJECT, 'tests', 'fixtures', 'data', 'aws-cli.json'), 'utf8')) as {
  operations: Readonly<Record<string, Operation>>;
};

/** Of every command. */
const GLOBAL = [
  ...['query', 'output', 'region', 'profile', 'endpoint-url', 'no-cli-pager'],
  ...['cli-read-timeout', 'cli-connect-timeout', 'cli-binary-format'],
];

const withOptionals = {
  alerts: { noTicksMinutes: 30, critical: { sms: ['+41791234567'] }, runbookUrl: 'https://a.example/' },
};
const TEXTS = [
  ...readdirSync(join(PROJECT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => readFileSync(join(PROJECT, 'docs', name), 'utf8')),
  runbookOf(readConfig({})),
  ...everySubject(readConfig(withOptionals)).flatMap(({ advice }) => [advice.first, ...advice.look]),
  readFileSync(join(PROJECT, 'functions', 'paging', 'compose-page.ts'), 'utf8'),
];

/** Commands with options, from code spans and fences, one line each. Those that are only mentioned have none. */
const commands = [
  ...new Set(
    TEXTS.map((text) => text.replaceAll(/\\\n\s*/g, ' ')).flatMap((text) =>
      [...text.matchAll(/(?:`|^ *)(aws [a-z0-9]+ [a-z-]+ [^`\n]*(?:\n(?! *\n| *aws )[^`\n]*)?)(?=`|\n)/gm)].map(
        ([, found = '']) => found.replaceAll(/\s+/g, ' ').trim(),
      ),
    ),
  ),
].filter((command) => command.includes(' --'));

/** A command in a command: the queue's URL. */
const NESTED = /\$\((aws [^)]+)\)/g;
const parts = commands.flatMap((command) => [
  command.replace(NESTED, 'NESTED'),
  ...[...command.matchAll(NESTED)].map(([, nested = '']) => nested),
]);

test('the documents have AWS commands of many services', () => {
  expect(new Set(parts.map((command) => command.split(' ')[1])).size).toBeGreaterThan(6);
  expect(parts.length).toBeGreaterThan(30);
});

describe('each command is valid for the AWS CLI', () => {
  test.each([...new Set(parts)])('%s', (command) => {
    const [, service, name, ...words] = wordsOf(command);
    const operation = operations[`${service} ${name}`];
    expect(operation, `${service} ${name} is not in aws-cli.json`).toBeDefined();
    const given = words.filter((word) => word.startsWith('--')).map((word) => word.slice(2));
    expect([...GLOBAL, ...(operation?.options ?? [])]).toEqual(expect.arrayContaining(given));
    expect(given).toEqual(expect.arrayContaining([...(operation?.required ?? [])]));
  });
});

test('the commands name alarms that exist', () => {
  const subjects = everySubject(readConfig(withOptionals));
  const names = [
    ...subjects.flatMap(({ id, limits }) => Object.keys(limits).map((severity) => `${id}-${severity}`)),
    ...new Set(subjects.map(({ family }) => `${family}-warning`)),
  ];
  const named = TEXTS.flatMap((text) => [...text.matchAll(/\btick-store-([a-z-]+-(?:warning|critical))\b/g)]);
  expect(named.map(([, name]) => name).filter((name) => !names.includes(name ?? ''))).toEqual([]);
});

/** By spaces, but for what is quoted. */
const wordsOf = (command: string): string[] => command.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? [];
