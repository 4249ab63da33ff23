import { docstring, type JsonSchema, propertyLine, typeOf } from './json-schema-type.ts';

interface ApiParameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly description?: string;
  readonly schema: JsonSchema;
}

interface ApiOperation extends JsonSchema {
  readonly operationId: string;
  readonly summary?: string;
  readonly parameters?: readonly ApiParameter[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: JsonSchema }> };
  readonly responses: Record<string, { readonly content?: Record<string, { readonly schema: JsonSchema }> }>;
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
const JSON_TYPE = 'application/json';

/**
 * Generates the client's types and its table of operations, as a TypeScript module, from the service's OpenAPI
 * document. The same document always gives the same text.
 */
export function generateApi(document: JsonSchema): string {
  const { schemas } = document['components'] as { schemas: Record<string, JsonSchema> };
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

interface RoutedOperation {
  readonly method: string;
  readonly path: string;
  readonly operation: ApiOperation;
}

function operationsIn(document: JsonSchema): RoutedOperation[] {
  const paths = document['paths'] as Record<string, Record<string, ApiOperation>>;
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation === undefined ? [] : [{ method: method.toUpperCase(), path, operation }];
    }),
  );
}

const component = (name: string, schema: JsonSchema): string =>
  `${docstring(schema['description'])}export type ${name} = ${typeOf(schema, ' | undefined')};\n`;

function operationTypes(operation: ApiOperation): string {
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

function parametersType({ parameters = [] }: ApiOperation, where: 'path' | 'query'): string {
  const lines = parameters
    .filter((parameter) => parameter.in === where)
    .map(({ name, description, schema }) =>
      propertyLine(name, { ...schema, ...(description ? { description } : {}) }, where === 'path', ' | undefined'),
    );
  return lines.length === 0 ? 'Record<string, never>' : `{\n${lines.join('\n')}\n}`;
}

/** The JSON responses of an operation. Its 202 may have another form than its 200. */
function responseType(operation: ApiOperation): string {
  const types = successes(operation).map(([, schema]) => typeOf(schema));
  return [...new Set(types)].join(' | ') || 'undefined';
}

const successes = ({ responses }: ApiOperation): [status: string, schema: JsonSchema][] =>
  Object.entries(responses).flatMap(([status, { content }]) => {
    const schema = ownPart(content?.[JSON_TYPE]?.schema);
    return schema === undefined ? [] : [[status, schema] as [string, JsonSchema]];
  });

/**
 * A response without the part that API Gateway sends instead of the service. To the client that is an error, whatever
 * its status.
 */
function ownPart(schema: JsonSchema | undefined): JsonSchema | undefined {
  const isGateway = (one: JsonSchema) => one['$ref'] === '#/components/schemas/GatewayMessage';
  const choices = schema?.['anyOf'] as readonly JsonSchema[] | undefined;
  if (choices?.some(isGateway)) return choices.find((one) => !isGateway(one));
  return schema === undefined || isGateway(schema) ? undefined : schema;
}

function operationEntry({ method, path, operation }: RoutedOperation): string {
  const keyed = (operation.parameters ?? []).some(({ name }) => name.toLowerCase() === 'idempotency-key');
  const statuses = successes(operation).map(([status]) => Number(status));
  const entry = { method, path, keyed, statuses: statuses.length === 0 ? [200] : statuses };
  return `${operation.operationId}: ${JSON.stringify(entry)},`;
}
