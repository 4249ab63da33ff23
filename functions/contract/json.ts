import { Problem } from './problem.ts';

/**
 * Parses JSON, and refuses what `JSON.parse` lets pass in silence: a key named twice in one object (the last would win)
 * and the key `__proto__`.
 * @throws Problem malformed_body, duplicate_key, forbidden_key
 */
export function parseJson(text: string, where = 'the body'): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Problem('malformed_body', `${where} is not JSON`, { cause });
  }
  const keys = countKeys(value, where);
  if (countColons(text) !== keys) throw new Problem('duplicate_key', `an object in ${where} names a key twice`);
  return value;
}

/** Keys of all objects in a parsed value. Nesting is no deeper than JSON.parse itself allows. */
function countKeys(value: unknown, where: string): number {
  let keys = 0;
  const open: unknown[] = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (Array.isArray(next)) {
      for (const item of next) if (typeof item === 'object' && item !== null) open.push(item);
    } else if (typeof next === 'object' && next !== null) {
      for (const key in next) {
        keys++;
        if (key === '__proto__') throw new Problem('forbidden_key', `an object in ${where} has the key __proto__`);
        const item = (next as Record<string, unknown>)[key];
        if (typeof item === 'object' && item !== null) open.push(item);
      }
    }
  }
  return keys;
}

const QUOTE = 34;
const COLON = 58;
const BACKSLASH = 92;

/** Colons outside strings in valid JSON: one for each key as written. */
function countColons(text: string): number {
  let colons = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char === COLON) colons++;
    else if (char === QUOTE) {
      i++;
      for (let inside = text.charCodeAt(i); inside !== QUOTE; inside = text.charCodeAt(++i))
        if (inside === BACKSLASH) i++;
    }
  }
  return colons;
}
