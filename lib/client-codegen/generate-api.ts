import { docstring, type Json, propertyLine, typeOf } from './json-schema-type.ts';

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly description?: string;
  readonly schema: Json;
}

interface Operation extends Json {
  readonly operationId: string;
  readonly summary?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: Json }> };
  readonly responses: Record<string, { readonly content?: Record<string, { readonly schema: Json }> }>;
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
const JSON_TYPE = 'application/json';

/**
 * Generates the client's types and its table of operations, as a TypeScript module, from the service's OpenAPI
 * document. The same document always gives the same text.
 */
export function generateApi(document: Json): string {
  const { schemas } = document['components'] as { schemas: Record<string, Json> };
  const operations = operationsIn(document);
  return [
    '// Generated from the OpenAPI document by `npm run generate:client`: edit functions/contract instead.',
    '',
    ...Object.entries(schemas).map(([name, schema]) => component(name, schema)),
    '/** What each operation takes and returns. */',
    `export interface Operations {\n${operations.map(({ operation }) => operationTypes(operation)).join('\n')}\n}`,
    '',
    '/** How each operation is called. `keyed`: it honours `Idempotency-Key`. `statuses`: those that are a success. */',
    `export const OPERATIONS = {\n${operations.map(operationEntry).join('\n')}\n} as const;`,
    '',
  ].join('\n');
}

interface Found {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

function operationsIn(document: Json): Found[] {
  const paths = document['paths'] as Record<string, Record<string, Operation>>;
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation === undefined ? [] : [{ method: method.toUpperCase(), path, operation }];
    }),
  );
}

const component = (name: string, schema: Json): string =>
  `${docstring(schema['description'])}export type ${name} = ${typeOf(schema, ' | undefined')};\n`;

function operationTypes(operation: Operation): string {
  const body = operation.requestBody?.content[JSON_TYPE]?.schema;
  return [
    `${docstring(operation.summary)}readonly ${operation.operationId}: {`,
    `readonly path: ${parametersType(operation, 'path')};`,
    `readonly query: ${parametersType(operation, 'query')};`,
    `readonly body: ${body ? typeOf(body, ' | undefined') : 'undefined'};`,
    `readonly response: ${responseType(operation)};`,
    '};',
  ].join('\n');
}

function parametersType({ parameters = [] }: Operation, where: 'path' | 'query'): string {
  const lines = parameters
    .filter((parameter) => parameter.in === where)
    .map(({ name, description, schema }) =>
      propertyLine(name, { ...schema, ...(description ? { description } : {}) }, where === 'path', ' | undefined'),
    );
  return lines.length === 0 ? 'Record<string, never>' : `{\n${lines.join('\n')}\n}`;
}

/** The JSON responses of an operation. Its 202 may have another form than its 200. */
function responseType(operation: Operation): string {
  const types = successes(operation).map(([, schema]) => typeOf(schema));
  return [...new Set(types)].join(' | ') || 'undefined';
}

const successes = ({ responses }: Operation): [status: string, schema: Json][] =>
  Object.entries(responses).flatMap(([status, { content }]) => {
    const schema = ownPart(content?.[JSON_TYPE]?.schema);
    return schema === undefined ? [] : [[status, schema] as [string, Json]];
  });

/**
 * A response without the part that API Gateway sends instead of the service. To the client that is an error, whatever
 * its status.
 */
function ownPart(schema: Json | undefined): Json | undefined {
  const isGateway = (one: Json) => one['$ref'] === '#/components/schemas/GatewayMessage';
  const choices = schema?.['anyOf'] as readonly Json[] | undefined;
  if (choices?.some(isGateway)) return choices.find((one) => !isGateway(one));
  return schema === undefined || isGateway(schema) ? undefined : schema;
}

function operationEntry({ method, path, operation }: Found): string {
  const keyed = (operation.parameters ?? []).some(({ name }) => name.toLowerCase() === 'idempotency-key');
  const statuses = successes(operation).map(([status]) => Number(status));
  const entry = { method, path, keyed, statuses: statuses.length === 0 ? [200] : statuses };
  return `${operation.operationId}: ${JSON.stringify(entry)},`;
}
