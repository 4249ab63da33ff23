/** Line width of prose in generated pages. Characters. */
const WIDTH = 118;

/** Replaces a space inside code, where a line must not break. */
const TIED = '\u0001';

/** Wraps text into lines without breaking code or links. @param bullet of a list item: `1. ` */
export function wrapped(text: string, bullet = ''): string {
  const tied = text.replaceAll(/`[^`]+`|\[[^\]]+\]\([^)]*\)/g, (one) => one.replaceAll(' ', TIED));
  const indent = ' '.repeat(bullet.length);
  const [first = '', ...words] = tied.split(' ');
  const lines = [bullet + first];
  for (const word of words) {
    const longer = `${lines.at(-1)} ${word}`;
    if (longer.length <= WIDTH) lines[lines.length - 1] = longer;
    else lines.push(indent + word);
  }
  return lines.join('\n').replaceAll(TIED, ' ');
}

/** A table. Each `|` in a cell is escaped. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}
