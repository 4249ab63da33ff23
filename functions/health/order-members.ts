import * as z from 'zod';

/**
 * A value with its members in the order of its schema, at every depth: the database keeps a sample as jsonb, which sorts
 * them by length. Members that the schema does not know, of another release, come last.
 */
export function orderMembers(schema: z.ZodType, value: unknown): unknown {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodArray && Array.isArray(value))
    return value.map((item) => orderMembers(inner.element as z.ZodType, item));
  if (!(inner instanceof z.ZodObject) || typeof value !== 'object' || value === null) return value;
  const members = value as Record<string, unknown>;
  const ordered: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(inner.shape as Record<string, z.ZodType>))
    if (name in members) ordered[name] = orderMembers(member, members[name]);
  return { ...ordered, ...Object.fromEntries(Object.entries(members).filter(([name]) => !(name in ordered))) };
}

function unwrap(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodNullable || schema instanceof z.ZodOptional
    ? unwrap(schema.unwrap() as z.ZodType)
    : schema;
}
