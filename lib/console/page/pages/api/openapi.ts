/** The parts of an OpenAPI 3.1 document that the reference shows. */

export interface ApiSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, ApiSchema>>;
  readonly required?: readonly string[];
  readonly items?: ApiSchema | false;
  readonly prefixItems?: readonly ApiSchema[];
  readonly additionalProperties?: ApiSchema | boolean;
  readonly anyOf?: readonly ApiSchema[];
  readonly oneOf?: readonly ApiSchema[];
  readonly allOf?: readonly ApiSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly example?: unknown;
  readonly examples?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly maxItems?: number;
}

export interface DocumentedExample {
  readonly summary?: string;
  readonly value?: unknown;
}

export interface MediaType {
  readonly schema?: ApiSchema;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, DocumentedExample>>;
}

export interface DocumentedParameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: ApiSchema;
}

export interface DocumentedResponse {
  readonly $ref?: string;
  readonly description?: string;
  readonly headers?: Readonly<Record<string, { readonly description?: string; readonly $ref?: string }>>;
  readonly content?: Readonly<Record<string, MediaType>>;
}

export interface DocumentedOperation {
  readonly operationId: string;
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly deprecated?: boolean;
  readonly parameters?: readonly (DocumentedParameter & { readonly $ref?: string })[];
  readonly requestBody?: {
    readonly description?: string;
    readonly required?: boolean;
    readonly content: Readonly<Record<string, MediaType>>;
  };
  readonly responses: Readonly<Record<string, DocumentedResponse>>;
}

export interface OpenApi {
  readonly info: {
    readonly title: string;
    readonly version: string;
    readonly summary?: string;
    readonly description?: string;
  };
  readonly tags?: readonly { readonly name: string; readonly description?: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
  readonly components?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface DocumentedEndpoint {
  readonly method: string;
  readonly path: string;
  readonly operation: DocumentedOperation;
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/** Every operation, in the order of the document. */
export function endpointsOf(document: OpenApi): DocumentedEndpoint[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation === undefined ? [] : [{ method: method.toUpperCase(), path, operation }];
    }),
  );
}

/** Resolves a reference; anything else is returned unchanged. */
export function resolve<T extends object>(document: OpenApi, value: T): T {
  const { $ref: reference } = value as { $ref?: string };
  if (reference === undefined) return value;
  const [, kind = '', name = ''] = /^#\/components\/([^/]+)\/(.+)$/.exec(reference) ?? [];
  return (document.components?.[kind]?.[name] ?? {}) as T;
}

/** The name of a referenced schema. */
export const nameOf = (schema: ApiSchema): string | undefined => schema.$ref?.split('/').at(-1);

/** An example value for a schema: its own example, or one built from those of its parts. */
export function exampleOf(document: OpenApi, given: ApiSchema, depth = 0): unknown {
  const schema = resolve(document, given);
  const known = schema.example ?? schema.examples?.[0] ?? schema.const ?? schema.default ?? schema.enum?.[0];
  if (known !== undefined) return known;
  const choice = schema.oneOf?.[0] ?? schema.anyOf?.[0];
  if (choice) return exampleOf(document, choice, depth + 1);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (schema.properties && depth < 6) {
    const { required = Object.keys(schema.properties) } = schema;
    return Object.fromEntries(
      Object.entries(schema.properties)
        .filter(([name]) => required.includes(name))
        .map(([name, property]) => [name, exampleOf(document, property, depth + 1)]),
    );
  }
  if (schema.prefixItems) return schema.prefixItems.map((item) => exampleOf(document, item, depth + 1));
  if (type === 'array') return schema.items && depth < 6 ? [exampleOf(document, schema.items, depth + 1)] : [];
  if (type === 'integer' || type === 'number') return schema.minimum ?? 1;
  if (type === 'boolean') return true;
  if (type === 'object') return {};
  if (type === 'null') return null;
  return schema.format === 'date-time' ? '2026-01-31T14:30:00Z' : 'text';
}

/** The examples of a media type as text, or a generated one if the document has none. */
export function examplesOf(document: OpenApi, media: MediaType): readonly (readonly [title: string, text: string])[] {
  const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value, null, 2));
  const named = Object.entries(media.examples ?? {}).map(([name, example]) => {
    const { summary, value } = resolve(document, example);
    return [summary ?? name, textOf(value)] as const;
  });
  if (named.length > 0) return named;
  if (media.example !== undefined) return [['Example', textOf(media.example)]];
  return media.schema ? [['Example', textOf(exampleOf(document, media.schema))]] : [];
}

/** A type as a person would write it: `integer or null`, `Tick[]`, `"asc" or "desc"`. */
export function typeOf(document: OpenApi, schema: ApiSchema): string {
  const name = nameOf(schema);
  if (name !== undefined) return name;
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' or ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return choices.map((choice) => typeOf(document, choice)).join(' or ');
  if (schema.prefixItems) return `[${schema.prefixItems.map((item) => typeOf(document, item)).join(', ')}]`;
  const types = [schema.type ?? 'any'].flat();
  return types
    .map((type) => (type === 'array' && schema.items ? `${typeOf(document, schema.items)}[]` : type))
    .join(' or ');
}
