/** A part of a file that is sent as one batch: the lines that every part begins with, and its own rows. */
export interface DroppedFilePart {
  readonly index: number;
  readonly text: string;
  /** Each row as in the file, with the number of its first line, from 1. */
  readonly rows: readonly { readonly line: number; readonly text: string }[];
}

export interface CutFileOptions {
  /** Lines to skip; every part begins with them. */
  readonly skipLines: number;
  /** Whether the next line is a header, which every part gets. */
  readonly hasHeader: boolean;
  /** Lines that begin with this are left out. */
  readonly comment?: string | undefined;
  /** The quote character, inside which a row may contain line ends; undefined if there is none. */
  readonly quote: string | undefined;
  readonly rowsPerPart: number;
  readonly charactersPerPart: number;
}

/**
 * Cuts the text of a file into parts of whole rows. The same text and options give the same parts, so that a part has the
 * same idempotency key when the file is dropped again.
 */
export async function* cutFile(
  pieces: AsyncIterable<string>,
  options: CutFileOptions,
): AsyncGenerator<DroppedFilePart> {
  const preamble: string[] = [];
  const preambleLength = options.skipLines + (options.hasHeader ? 1 : 0);
  let rows: DroppedFilePart['rows'][number][] = [];
  let size = 0;
  let index = 0;
  const cut = (): DroppedFilePart => {
    const text = `${[...preamble, ...rows.map((row) => row.text)].join('\n')}\n`;
    const part = { index, text, rows };
    index += 1;
    [rows, size] = [[], 0];
    return part;
  };
  for await (const row of rowsOf(pieces, options.quote)) {
    const isSkipped = preamble.length < options.skipLines;
    if (!isSkipped && (row.text.trim() === '' || isComment(row.text, options.comment))) continue;
    if (isSkipped || preamble.length < preambleLength) {
      preamble.push(row.text);
      continue;
    }
    const isFull = rows.length >= options.rowsPerPart || size + row.text.length + 1 > options.charactersPerPart;
    if (rows.length > 0 && isFull) yield cut();
    rows.push(row);
    size += row.text.length + 1;
  }
  if (rows.length > 0) yield cut();
}

const isComment = (text: string, comment: string | undefined): boolean =>
  comment !== undefined && comment !== '' && text.startsWith(comment);

/** Rows with the number of their first line. */
async function* rowsOf(pieces: AsyncIterable<string>, quote: string | undefined) {
  let rest = '';
  let line = 1;
  let open: { line: number; text: string } | undefined;
  const add = (text: string) => {
    const row = open === undefined ? { line, text } : { line: open.line, text: `${open.text}\n${text}` };
    line += 1;
    open = quote !== undefined && countOf(row.text, quote) % 2 === 1 ? row : undefined;
    return open === undefined ? row : undefined;
  };
  let isFirst = true;
  for await (const piece of pieces) {
    const lines = (rest + (isFirst ? piece.replace(/^\uFEFF/, '') : piece)).split('\n');
    isFirst = false;
    rest = lines.pop() ?? '';
    for (const text of lines) {
      const row = add(text.replace(/\r$/, ''));
      if (row) yield row;
    }
  }
  const last = rest === '' ? undefined : add(rest.replace(/\r$/, ''));
  if (last) yield last;
  // a quote is never closed: the API reports it for its line
  else if (open) yield open;
}

function countOf(text: string, character: string): number {
  let found = 0;
  for (let at = text.indexOf(character); at !== -1; at = text.indexOf(character, at + 1)) found += 1;
  return found;
}
