/** A JSON Schema, or a part of an OpenAPI document. */
export type JsonSchema = { readonly [key: string]: unknown };

const REFERENCE = '#/components/schemas/';

/**
 * The TypeScript type of a JSON Schema 2020-12, as text. It covers what the service's own document uses. An unknown
 * keyword that changes the type is an error, never a silent `unknown`.
 * @param optional appended to the type of an optional property, such as ` | undefined` in what a caller passes
 * @throws Error that names the schema that cannot be expressed
 */
export function typeOf(schema: JsonSchema, optional = ''): string {
  const { $ref, const: constant, enum: choices, prefixItems, items } = schema;
  const alternatives = (schema['anyOf'] ?? schema['oneOf']) as JsonSchema[] | undefined;
  const all = schema['allOf'] as JsonSchema[] | undefined;
  if (typeof $ref === 'string') return $ref.slice(REFERENCE.length);
  if (constant !== undefined) return JSON.stringify(constant);
  if (Array.isArray(choices)) return choices.map((choice) => JSON.stringify(choice)).join(' | ');
  if (alternatives) return union(alternatives.map((one) => typeOf(one, optional)));
  if (all) return all.map((one) => `(${typeOf(one, optional)})`).join(' & ');
  if (Array.isArray(prefixItems))
    return `readonly [${(prefixItems as JsonSchema[]).map((one) => typeOf(one, optional)).join(', ')}]`;
  const type = schema['type'];
  if (Array.isArray(type)) return union(type.map((one) => typeOf({ ...schema, type: one }, optional)));
  if (type === 'array' && schema['minItems'] === 2 && schema['maxItems'] === 2)
    return pairOf(typeOf((items as JsonSchema | undefined) ?? {}, optional));
  if (type === 'array') return `readonly ${grouped(typeOf((items as JsonSchema | undefined) ?? {}, optional))}[]`;
  if (type === 'object' || schema['properties']) return objectType(schema, optional);
  if (typeof type === 'string') return simpleType(type);
  return 'unknown';
}

/** An array of exactly two. */
const pairOf = (item: string): string => `readonly [${item}, ${item}]`;

const union = (types: readonly string[]): string => [...new Set(types)].join(' | ');
const grouped = (type: string): string => (/^[\w.]+$/.test(type) ? type : `(${type})`);

function simpleType(type: string): string {
  if (type === 'integer' || type === 'number') return 'number';
  if (type === 'string' || type === 'boolean' || type === 'null') return type;
  throw new Error(`JSON Schema type ${type} has no TypeScript type here`);
}

function objectType(schema: JsonSchema, optional: string): string {
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, JsonSchema>);
  const required = new Set((schema['required'] ?? []) as string[]);
  const more = schema['additionalProperties'];
  const lines = properties.map(([name, property]) => propertyLine(name, property, required.has(name), optional));
  if (more !== undefined && more !== false) {
    const value = typeof more === 'object' ? typeOf(more as JsonSchema, optional) : 'unknown';
    if (properties.length === 0) return `{ readonly [key: string]: ${value} }`;
    lines.push('readonly [key: string]: unknown;');
  }
  return lines.length === 0 ? 'Record<string, never>' : `{\n${lines.join('\n')}\n}`;
}

/** One property with its description as a docstring. */
export function propertyLine(name: string, schema: JsonSchema, required: boolean, optional: string): string {
  const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
  const type = typeOf(schema, optional);
  return `${docstring(schema['description'])}readonly ${key}${required ? '' : '?'}: ${type}${required ? '' : optional};`;
}

/** A description as a docstring of one line, or nothing. */
export function docstring(description: unknown): string {
  if (typeof description !== 'string') return '';
  return `/** ${description.replaceAll('*/', '* /').replace(/\s+/g, ' ')} */\n`;
}
