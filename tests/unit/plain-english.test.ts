import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

/** Words that the project once had a meaning of its own for. They stay out of everything that a person reads. */

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

/** What not to write, and what to write instead. */
const WORDS: readonly [pattern: RegExp, instead: string][] = [
  [/\banswer(s|ed|ing)?\b/i, 'return, respond, response, result'],
  [/\bmend(s|ed|ing|able)?\b/i, 'fix, repair; retryable'],
  [/\b(is|was|are|were|be|been|database|pooler) away\b/i, 'unavailable, unreachable, down'],
  [/\b(tell|tells|telling|told)\b/i, 'report, say, show, notify, distinguish'],
  [/\blaptops?\b/i, 'local, on your machine'],
  [/\bbeside\b/i, 'next to, with, in addition to'],
  [/\bplay(s|ed|ing)?\b/i, 'emulate, simulate'],
  [/(?<!there )\bis no (?!longer\b|more\b)/i, 'is not a'],
  [/\bof (ours|yours)\b/i, 'our, your; the service’s'],
  [/\bfor good\b/i, 'permanently, retained'],
  [/\bkeeps? still\b/i, 'is suppressed'],
  [/\bin doubt\b/i, 'outcome unknown'],
  [
    /\b(rows?|records?|statements?|ticks?|calls?|requests?|lines?|times|once|connections?|bytes|GB|USD|samples?|keys?|pieces?|round trips?) an? (second|minute|hour|day|night|month|statement|line|batch|row|call|request|invocation|sample|execution|environment|process|array|group|column|page)\b/i,
    'per',
  ],
  [/\bgo(es)? off\b/i, 'enters ALARM'],
  [/\bthe (proxy|Neon|pg|data-api) route\b/i, 'database backend'],
];

/** Where people read: sources of the product, and the documents. Tests quote what clients send. */
const SOURCES = ['functions', 'lib', 'bin'];
const DOCUMENTS = ['docs', '.'];

const filesOf = (root: string, extension: RegExp, recursive: boolean): string[] =>
  readdirSync(join(PROJECT, root), { recursive, encoding: 'utf8' })
    .filter((file) => extension.test(file) && !/(^|\/)(node_modules|tests|dist)\//.test(file))
    .map((file) => join(root, file));

/** Comments and texts of TypeScript. A line of a block comment counts whole; a literal of one word is a name. */
function readableParts(line: string): string {
  if (/^\s*(\*|\/\/|\/\*)/.test(line)) return line;
  const parts = line.matchAll(/'(?:[^'\\]|\\.)*'|`[^`]*`|"(?:[^"\\]|\\.)*"|\/\/.*$|\/\*.*?\*\//g);
  return [...parts]
    .map(([part]) => part.replace(/\$\{[^}]*\}/g, ''))
    .filter((part) => part.includes(' '))
    .join(' ');
}

/** `file:line: word (write …)` for each line that has one. */
function findings(file: string, partOf: (line: string) => string): string[] {
  const lines = readFileSync(join(PROJECT, file), 'utf8').split('\n');
  return lines.flatMap((line, at) => {
    const part = partOf(line);
    const [pattern, instead] = WORDS.find(([word]) => word.test(part)) ?? [];
    return pattern === undefined ? [] : [`${file}:${at + 1}: ${pattern.exec(part)?.[0]} (write: ${instead})`];
  });
}

describe('plain English', () => {
  test('is in comments and texts of the sources', () => {
    const files = SOURCES.flatMap((root) => filesOf(root, /\.(tsx?|[cm]?js)$/, true));
    expect(files.length).toBeGreaterThan(100);
    expect(files.flatMap((file) => findings(file, readableParts))).toEqual([]);
  });

  test('is in the documents', () => {
    const files = DOCUMENTS.flatMap((root) => filesOf(root, /\.md$/, root !== '.'));
    expect(files.flatMap((file) => findings(file, (line) => line.replace(/`[^`]*`/g, '')))).toEqual([]);
  });

  test.each([
    ["  const text = 'the database is away';", true],
    ['  /** One row a statement. */', true],
    ["  throw new Error('one row per statement');", false],
    ['  const answer = await ask();', false],
    ["  kind: 'answer' | 'error';", false],
    ['  throw new Error(`$' + '{answer} is not a number`);', false],
  ])('is looked for in what is read, not in names: %s', (line, found) => {
    expect(WORDS.some(([word]) => word.test(readableParts(line)))).toBe(found);
  });
});
