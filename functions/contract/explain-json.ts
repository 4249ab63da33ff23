/** Words that programs write where JSON has none. */
const WORDS = /"(?:[^"\\]|\\.)*"|[{}[\]]|-?\b(?:NaN|Infinity|inf|nan|None|True|False|undefined)\b/g;

/** What is wrong with a text that is not JSON, and where: for people, and without its values. */
export function explainJson(text: string, error: unknown): string {
  const word = findWord(text);
  if (word !== undefined) return word;
  const message = error instanceof Error ? error.message : '';
  const position = /at position (\d+)/.exec(message)?.[1];
  if (position !== undefined && Number(position) < text.length) return ` at ${placeOf(text, Number(position))}`;
  if (/Unexpected end|Unterminated|position/.test(message)) return ': it is cut short';
  const token = /^Unexpected token '(.)'/su.exec(message)?.[1];
  return token === "'" ? ': it has single quotation marks' : '';
}

function findWord(text: string): string | undefined {
  let depth = 0;
  let record = -1;
  let key = '';
  for (const { 0: token, index } of text.matchAll(WORDS)) {
    if (token.startsWith('"')) key = token;
    else if (token === '{' || token === '[') {
      depth++;
      if (token === '{' && depth === 3) record++;
    } else if (token === '}' || token === ']') depth--;
    else {
      const field = /^"[A-Za-z]\w{0,40}"$/.test(key) ? `, ${key.slice(1, -1)}` : '';
      const where = record >= 0 ? `, records[${record}]${field}` : field;
      return `: ${token} at ${placeOf(text, index)}${where} is not JSON, send null`;
    }
  }
  return undefined;
}

function placeOf(text: string, position: number): string {
  const before = text.slice(0, position);
  const line = before.split('\n').length;
  return `line ${line}, column ${position - before.lastIndexOf('\n')}`;
}
