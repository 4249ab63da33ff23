import * as z from 'zod/mini';
import { problem } from './problem.ts';
import type { Route } from './route.ts';
import { routes } from './routes.ts';

/** A part of the OpenAPI document that is being built. */
export type Json = Record<string, unknown>;

/** The fields of an object schema as OpenAPI's parameters. */
export function parametersOf(schema: z.ZodMiniType, where: 'path' | 'query'): Json[] {
  return Object.entries(shapeOf(schema)).map(([name, field]) => {
    const meta = metaOf(field);
    const isList = (meta.parameter as Json | undefined)?.type === 'array';
    return {
      name,
      in: where,
      required: where === 'path',
      ...(meta.description === undefined ? {} : { description: meta.description }),
      schema: meta.parameter ?? inline(unwrap(field), 'input'),
      // 1,2,3 instead of one parameter per item
      ...(isList ? { style: 'form', explode: false } : {}),
    };
  });
}

/** The fields of an object schema; a refined one is still an object schema in zod 4. */
function shapeOf(schema: z.ZodMiniType): Record<string, z.ZodMiniType> {
  return schema instanceof z.core.$ZodObject ? (schema._zod.def.shape as Record<string, z.ZodMiniType>) : {};
}

function unwrap(schema: z.ZodMiniType): z.ZodMiniType {
  return schema instanceof z.core.$ZodOptional || schema instanceof z.core.$ZodDefault
    ? unwrap(schema._zod.def.innerType as z.ZodMiniType)
    : schema;
}

/** What the schema or one it wraps says of itself. */
function metaOf(schema: z.ZodMiniType): Json {
  const own = (z.globalRegistry.get(schema) ?? {}) as Json;
  return schema instanceof z.core.$ZodOptional || schema instanceof z.core.$ZodDefault
    ? { ...metaOf(schema._zod.def.innerType as z.ZodMiniType), ...own }
    : own;
}

/** A schema as JSON Schema 2020-12, with named ones by reference. */
export function inline(schema: z.ZodMiniType, io: 'input' | 'output'): Json {
  const meta = z.globalRegistry.get(schema);
  if (meta?.id) return { $ref: `#/components/schemas/${meta.id}` };
  const { $schema: _, $defs: __, ...json } = z.toJSONSchema(schema, { ...JSON_SCHEMA, io }) as Json;
  return moveReferences(json) as Json;
}

/** Every schema that has a name, of all routes, by name. */
export function componentSchemas(): Json {
  const schemas: Json = {};
  const add = (schema: z.ZodMiniType, io: 'input' | 'output') => {
    const { $defs } = z.toJSONSchema(z.array(schema), { ...JSON_SCHEMA, io }) as Json;
    for (const [name, definition] of Object.entries(($defs ?? {}) as Json))
      schemas[name] ??= withoutId(moveReferences(definition) as Json);
  };
  for (const route of Object.values(routes) as Route[]) {
    if (route.body) add('json' in route.body ? route.body.json : route.body.records, 'input');
    add(route.response, 'output');
  }
  add(problem, 'output');
  return Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const withoutId = ({ id: _, ...rest }: Json): Json => rest;

const JSON_SCHEMA = {
  target: 'draft-2020-12',
  unrepresentable: 'any',
  /** A text that becomes a time or a number is shown as the client writes it. */
  override({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodTypes; jsonSchema: Json }) {
    const meta = z.globalRegistry.get(zodSchema) as Json | undefined;
    if (meta?.parameter) {
      for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
      Object.assign(jsonSchema, meta.parameter);
    }
  },
} as const;

/** zod points into `$defs`, OpenAPI into `components`; `id` is a keyword of neither. */
function moveReferences(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(moveReferences);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) =>
      key === '$ref' && typeof item === 'string'
        ? [key, item.replace('#/$defs/', '#/components/schemas/')]
        : [key, moveReferences(item)],
    ),
  );
}
