/** A statement's text in the Data API's form: `:p1` for `$1`. */
export interface NamedSql {
  readonly sql: string;
  /** The numbers of the placeholders that occur. */
  readonly placeholders: readonly number[];
}

/**
 * In the order they are tried: strings, quoted names, line comments and dollar-quoted bodies, in which nothing is a
 * placeholder; the start of a block comment, which may hold others; and a placeholder with its cast.
 */
const TOKENS =
  /(?<![\w$])[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|(?<![\w$])(\$(?:[A-Za-z_]\w*)?\$)[\s\S]*?\1|\/\*|(?<![\w$])\$(\d+)(::\w+(?:\[\])?)?/g;

/**
 * Names the placeholders. Those in `uploaded` have been sent before, as settings of the transaction: they are read from
 * there, and with their cast inside a subquery, so that it happens once and not for each row.
 */
export function nameParameters(text: string, uploaded: ReadonlySet<number> = NONE): NamedSql {
  const placeholders = new Set<number>();
  let sql = '';
  let from = 0;
  TOKENS.lastIndex = 0;
  for (let found = TOKENS.exec(text); found !== null; found = TOKENS.exec(text)) {
    if (found[0] === '/*') TOKENS.lastIndex = endOfComment(text, found.index);
    if (found[2] === undefined) continue;
    const number = Number(found[2]);
    const cast = found[3] ?? '';
    placeholders.add(number);
    sql += text.slice(from, found.index);
    sql += uploaded.has(number) ? `(select current_setting('${settingOf(number)}')${cast})` : `:p${number}${cast}`;
    from = TOKENS.lastIndex;
  }
  return { sql: sql + text.slice(from), placeholders: [...placeholders] };
}

const NONE: ReadonlySet<number> = new Set();
const cache = new Map<string, NamedSql>();

/** `nameParameters`, once for each of the constant texts. */
export function namedSql(text: string): NamedSql {
  let named = cache.get(text);
  if (named === undefined) {
    named = nameParameters(text);
    cache.set(text, named);
  }
  return named;
}

/** The setting that holds a value too large for a request, until the transaction ends. */
export const settingOf = (placeholder: number): string => `tick_store.p${placeholder}`;

/** Postgres' block comments nest. */
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
