import * as z from 'zod/mini';

/**
 * A value with its members in the order of its schema, at every depth: the database keeps a sample as jsonb, which sorts
 * them by length. Members that the schema does not know, of another release, come last.
 */
export function orderMembers(schema: z.ZodMiniType, value: unknown): unknown {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodMiniArray && Array.isArray(value))
    return value.map((item) => orderMembers(inner._zod.def.element as z.ZodMiniType, item));
  if (!(inner instanceof z.ZodMiniObject) || typeof value !== 'object' || value === null) return value;
  const members = value as Record<string, unknown>;
  const ordered: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(inner.shape as Record<string, z.ZodMiniType>))
    if (name in members) ordered[name] = orderMembers(member, members[name]);
  return { ...ordered, ...Object.fromEntries(Object.entries(members).filter(([name]) => !(name in ordered))) };
}

function unwrap(schema: z.ZodMiniType): z.ZodMiniType {
  return schema instanceof z.ZodMiniNullable || schema instanceof z.ZodMiniOptional
    ? unwrap(schema._zod.def.innerType as z.ZodMiniType)
    : schema;
}
