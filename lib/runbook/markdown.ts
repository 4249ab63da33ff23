/** Prose of a generated page. Characters. */
const WIDTH = 118;

/** A stand-in for a space inside code, where no line may break. */
const TIED = '\u0001';

/** Text in lines that fit, without breaking code or links. @param bullet of a list item: `1. ` */
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

/** A table, where a cell's `|` is escaped. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}
