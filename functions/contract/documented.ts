import * as z from 'zod/mini';

/** What the OpenAPI document says of a schema besides its form. */
export interface Documentation {
  /** The name of a schema that others refer to. */
  readonly id?: string;
  readonly description?: string | undefined;
  readonly example?: unknown;
  readonly examples?: readonly unknown[];
  readonly format?: string;
  /** The JSON Schema that is shown instead: of a text that becomes a number, a time or a list. */
  readonly parameter?: object;
}

/** A constant of the stack's bundles; elsewhere, and in the console's page, there is none. */
declare const WITHOUT_OPENAPI_TEXTS: true | undefined;

/**
 * What only the OpenAPI document says of a schema. The stack's bundler defines WITHOUT_OPENAPI_TEXTS. Then this is an empty
 * function, and the bundler leaves out its calls with what they are given: 5 kB of each bundle. The document is made at the
 * same time as the bundles, and no function reads it.
 */
export function forDocument<T>(documentation: T): T | undefined {
  if (typeof WITHOUT_OPENAPI_TEXTS !== 'undefined') return;
  return documentation;
}

/**
 * A copy of a schema with what the document says of it, added to what it says of the schema already: what `.meta()` does in
 * zod's other form. In a bundle, which has no documentation, the schema itself.
 */
// @__NO_SIDE_EFFECTS__
export function documented<S extends z.core.$ZodType>(schema: S, documentation: Documentation | undefined): S {
  if (documentation === undefined) return schema;
  const copy = z.clone(schema, schema._zod.def, { parent: true });
  z.globalRegistry.add(copy, documentation as z.core.GlobalMeta);
  return copy;
}

/**
 * A schema, made at once. With `@__PURE__` before the call, a bundle leaves it out where nothing uses it: a function parses
 * requests, and the schemas of responses are for the document and for tests. A plain call of zod would stay, because the
 * bundler cannot know that it changes nothing.
 */
export const made = <S>(make: () => S): S => make();
