/** A placeholder of a statement, `$3::int8[]`. */
export interface Placeholder {
  readonly number: number;
  /** The cast with its colons; empty if there is none. */
  readonly cast: string;
}

/** A statement's text, split into placeholders and the text between them. */
export type SqlParts = readonly (string | Placeholder)[];

/**
 * The tokens, in the order in which they are tried. First come strings, quoted names, line comments and dollar-quoted bodies,
 * which contain no placeholder. Then comes the start of a block comment, because block comments nest. Last comes a placeholder
 * with its cast.
 */
const TOKENS =
  /(?<![\w$])[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|(?<![\w$])(\$(?:[A-Za-z_]\w*)?\$)[\s\S]*?\1|\/\*|(?<![\w$])\$(\d+)(::\w+(?:\[\])?)?/g;

const cache = new Map<string, SqlParts>();

/** Splits a text into parts. The result is cached, because texts are constant. */
export function partsOf(text: string): SqlParts {
  let parts = cache.get(text);
  if (parts === undefined) {
    parts = split(text);
    cache.set(text, parts);
  }
  return parts;
}

function split(text: string): SqlParts {
  const parts: (string | Placeholder)[] = [];
  let from = 0;
  TOKENS.lastIndex = 0;
  for (let found = TOKENS.exec(text); found !== null; found = TOKENS.exec(text)) {
    if (found[0] === '/*') TOKENS.lastIndex = endOfComment(text, found.index);
    if (found[2] === undefined) continue;
    parts.push(text.slice(from, found.index), { number: Number(found[2]), cast: found[3] ?? '' });
    from = TOKENS.lastIndex;
  }
  parts.push(text.slice(from));
  return parts;
}

/** Joins the parts again, with a replacement for each placeholder. */
export const joinParts = (parts: SqlParts, inPlaceOf: (placeholder: Placeholder) => string): string =>
  parts.map((part) => (typeof part === 'string' ? part : inPlaceOf(part))).join('');

/** The end of a block comment. Postgres' block comments nest. */
function endOfComment(text: string, start: number): number {
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    const two = text.slice(i, i + 2);
    if (two === '/*' || two === '*/') {
      depth += two === '/*' ? 1 : -1;
      i++;
      if (depth === 0) return i + 1;
    }
  }
  return text.length;
}
