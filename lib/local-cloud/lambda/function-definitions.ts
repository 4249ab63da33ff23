import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Resource } from '../cloudformation/resource.ts';
import type { FunctionDefinition } from './execution-environment.ts';

/** The functions of the template, with their aliases. */
export interface CloudFunctions {
  readonly definitions: readonly FunctionDefinition[];
  /** The alias of each function that has one, by the function's name. */
  readonly aliases: ReadonlyMap<string, string>;
}

/** Lambda's own defaults for properties that a template may omit. */
const DEFAULT_TIMEOUT_SECONDS = 3;
const DEFAULT_MEMORY_MB = 128;

/**
 * Reads `AWS::Lambda::Function` for execution environments on this machine: the bundled asset, its handler, the
 * template's variables overridden by the local ones, memory, timeout and reserved concurrency.
 * @param localVariables returns variables to add to a function's variables, or to override them
 * @throws Error if an asset or its handler's file is not in the assembly
 */
export function functionsOf(
  resources: readonly Resource[],
  assets: ReadonlyMap<string, string>,
  localVariables: (template: Readonly<Record<string, string>>) => Record<string, string>,
): CloudFunctions {
  const definitions = resources
    .filter(({ type }) => type === 'AWS::Lambda::Function')
    .map(({ properties, logicalId }): FunctionDefinition => {
      const variables: Record<string, string> = properties['Environment']?.Variables ?? {};
      const reserved: number | undefined = properties['ReservedConcurrentExecutions'];
      return {
        name: properties['FunctionName'] ?? logicalId,
        ...entryOf(logicalId, String(properties['Handler']), assets.get(String(properties['Code']?.S3Key))),
        environment: { ...variables, ...localVariables(variables) },
        timeoutMs: Number(properties['Timeout'] ?? DEFAULT_TIMEOUT_SECONDS) * 1000,
        memoryMb: Number(properties['MemorySize'] ?? DEFAULT_MEMORY_MB),
        ...(reserved === undefined ? {} : { reservedConcurrency: Number(reserved) }),
      };
    });
  const aliases = resources
    .filter(({ type }) => type === 'AWS::Lambda::Alias')
    .map(({ properties }) => [functionNameOf(properties['FunctionName']), String(properties['Name'])] as const);
  return { definitions, aliases: new Map(aliases) };
}

/** `index.handler` is the export `handler` of `index.mjs`, `.js` or `.cjs`. */
function entryOf(logicalId: string, handler: string, asset: string | undefined) {
  const dot = handler.lastIndexOf('.');
  const [file, name] = [handler.slice(0, dot), handler.slice(dot + 1)];
  const candidates = asset === undefined ? [] : ['mjs', 'js', 'cjs'].map((kind) => join(asset, `${file}.${kind}`));
  const entry = candidates.find((path) => existsSync(path));
  if (entry === undefined) throw new Error(`The assembly has no file for ${handler} of the function ${logicalId}`);
  return { entry, handler: name };
}

/**
 * The function in a name, in an ARN (with or without a version or an alias), or in an API's integration URI.
 * @throws Error if it contains none
 */
export function functionNameOf(target: unknown): string {
  const text = String(target);
  const found = /:function:([A-Za-z0-9_-]+)/.exec(text)?.[1] ?? /^([A-Za-z0-9_-]+)(:[A-Za-z0-9_$-]+)?$/.exec(text)?.[1];
  if (found === undefined) throw new Error(`${text} is not a function`);
  return found;
}

/** The alias or version at the end of a function's ARN, if there is one. */
export function qualifierOf(target: unknown): string | undefined {
  return /:function:[A-Za-z0-9_-]+:([A-Za-z0-9_$-]+)/.exec(String(target))?.[1];
}
