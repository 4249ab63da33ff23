import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FUNCTIONS = join(import.meta.dirname, '..', '..', 'functions');

/** Statements that run as the owner, not through the pooler: migrations and their bookkeeping. */
const OWNERS = ['migrate.ts', 'run-migrations.ts', 'migrate-on-deploy.ts'];

/** The values of variables in names. */
const VARIABLES: Readonly<Record<string, readonly string[]>> = {
  '${rows.suffix}': ['', '-as-of'],
  '${change}': ['delete', 'restore'],
  '${kind.name}': ['ticks', 'bars'],
  '${selector.by}': ['ids', 'range', 'batch', 'filter', 'operation'],
  '${large.by}': ['filter', 'operation'],
  '${rows.by}': ['ranges', 'ids'],
};

/** The names of all statements in the sources that a function can send through a pooler. */
export function statementNames(): string[] {
  const names = new Set<string>();
  for (const file of readdirSync(FUNCTIONS, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || OWNERS.some((owner) => file.endsWith(owner))) continue;
    const source = readFileSync(join(FUNCTIONS, file), 'utf8');
    for (const [, name = ''] of source.matchAll(/\bname: ['`]([^'`]+)['`],\s*text:/g)) {
      for (const expanded of expand(name)) names.add(expanded);
    }
  }
  return [...names].sort();
}

function expand(name: string): string[] {
  const [variable] = /\$\{[^}]*\}/.exec(name) ?? [];
  if (variable === undefined) return [name];
  const values = VARIABLES[variable];
  if (values === undefined)
    throw new Error(`A statement's name has ${variable}: list its values in ${import.meta.filename}`);
  return values.flatMap((value) => expand(name.replace(variable, value)));
}
