import type { Parameter, Statement } from '../../functions/database/database.ts';
import { arrayLiteral, doubleText } from '../../functions/database/drivers/array-literal.ts';

/** A statement that can be pasted into psql: its text with the values instead of the placeholders. */
export function pasteable({ name, text, values }: Statement): string {
  const sql = text.replace(/\$(\d+)/g, (_, number: string) => literal(values[Number(number) - 1] ?? null));
  return `-- ${name}\n${sql.trim()};\n`;
}

/** A value as a SQL literal. Every placeholder is cast in the text, so a literal needs no type. */
function literal(value: Parameter): string {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return quoted(doubleText(value));
  if (typeof value === 'string') return quoted(value);
  return quoted(value instanceof Uint8Array ? `\\x${Buffer.from(value).toString('hex')}` : arrayLiteral(value));
}

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
