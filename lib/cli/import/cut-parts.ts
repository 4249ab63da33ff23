/** A piece of a file that is sent as one batch. */
export interface FilePart {
  /** Index of the part, from 0. */
  readonly index: number;
  /** Line number of its first row in the file, from 1. */
  readonly firstLine: number;
  /** Number of lines with rows, including empty ones. */
  readonly lines: number;
  /** The body to send: the title line if the file has one, then the rows. */
  readonly body: Buffer;
  /** Number of title lines in the body: 0 or 1. */
  readonly titleLines: number;
}

/**
 * Rows and bytes per part. These are not settings: a repeated run must cut the file as the first run did, because a
 * part's key depends on its content. The store is fastest at 20,000 rows, and 4 MB fit every limit, compressed or not.
 */
export const PART_ROWS = 20_000;
export const PART_BYTES = 4_000_000;

export interface CutOptions {
  /** The number of lines to skip before the titles, or before the rows if there are none. */
  readonly skipLines: number;
  /** Lines that begin with this are skipped there as well. */
  readonly comment: string | undefined;
  readonly hasTitles: boolean;
  /** The quote character, inside which cells may contain line feeds; undefined if every line feed ends a row. */
  readonly quote: string | undefined;
  /** The packet's key of a line. Rows with the same key stay in one part. */
  readonly keyOf?: ((line: string) => string) | undefined;
  /** Rows per part. Default `PART_ROWS`. */
  readonly partRows?: number | undefined;
}

const LF = 10;

/** Cuts the lines of a file into parts. The same file and options always give the same parts. */
export async function* cutParts(chunks: AsyncIterable<Buffer>, options: CutOptions): AsyncGenerator<FilePart> {
  const cutter = new PartCutter(options);
  for await (const chunk of chunks) yield* cutter.take(chunk);
  yield* cutter.end();
}

class PartCutter {
  readonly #options: CutOptions;
  readonly #quote: number;
  #title: Buffer | undefined;
  /** Whether the rows have begun: the titles and the lines before them have been read. */
  #isInRows = false;
  #line = 1;
  #index = 0;
  #rest: Buffer = Buffer.alloc(0);
  /** Whole lines of the current part, and the line number of the first. */
  #pieces: Buffer[] = [];
  #bytes = 0;
  #lines = 0;
  #firstLine = 1;
  #inQuotes = false;
  #isLast = false;

  constructor(options: CutOptions) {
    this.#options = options;
    this.#quote = options.quote?.charCodeAt(0) ?? -1;
  }

  *take(chunk: Buffer): Generator<FilePart> {
    const text = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const hasQuotes = this.#inQuotes || (this.#quote !== -1 && text.includes(this.#quote));
    let from = 0;
    let start = 0;
    for (let end = text.indexOf(LF); end !== -1; end = text.indexOf(LF, end + 1)) {
      // a packet ends where the next line has another key, so the next line must be known
      if (this.#options.keyOf && !this.#isLast && text.indexOf(LF, end + 1) === -1) break;
      const line = start;
      start = end + 1;
      if (!this.#isInRows) {
        this.#readPreamble(text.subarray(line, start));
        from = start;
        continue;
      }
      if (hasQuotes) this.#countQuotes(text.subarray(line, start));
      if (this.#isFull(start - from) && !this.#inQuotes && this.#mayCut(text, line, start)) {
        this.#keep(text.subarray(from, start));
        this.#lines += 1;
        this.#line += 1;
        yield this.#cut();
        from = start;
        continue;
      }
      this.#lines += 1;
      this.#line += 1;
    }
    this.#keep(text.subarray(from, start));
    this.#rest = text.subarray(start);
  }

  *end(): Generator<FilePart> {
    this.#isLast = true;
    if (this.#rest.length > 0) {
      const isWhole = this.#rest.at(-1) === LF;
      const last = isWhole ? this.#rest : Buffer.concat([this.#rest, Buffer.from('\n')]);
      this.#rest = Buffer.alloc(0);
      yield* this.take(last);
    }
    if (this.#lines > 0) yield this.#cut();
  }

  #readPreamble(line: Buffer): void {
    const { skipLines, comment, hasTitles } = this.#options;
    const isSkipped = this.#line <= skipLines || line.toString().trim() === '';
    const isComment = comment !== undefined && line.toString().trimStart().startsWith(comment);
    this.#line += 1;
    if (isSkipped || isComment) this.#isInRows = !hasTitles && this.#line > skipLines && !isComment;
    else if (hasTitles) {
      this.#title = Buffer.from(line);
      this.#isInRows = true;
    } else {
      // this line is already a row
      this.#isInRows = true;
      this.#firstLine = this.#line - 1;
      this.#keep(Buffer.from(line));
      this.#lines += 1;
      return;
    }
    this.#firstLine = this.#line;
  }

  #isFull(pendingBytes: number): boolean {
    return this.#lines + 1 >= (this.#options.partRows ?? PART_ROWS) || this.#bytes + pendingBytes >= PART_BYTES;
  }

  #mayCut(text: Buffer, line: number, start: number): boolean {
    const { keyOf } = this.#options;
    if (keyOf === undefined) return true;
    const end = text.indexOf(LF, start);
    if (end === -1) return true;
    return keyOf(text.toString('utf8', line, start).trimEnd()) !== keyOf(text.toString('utf8', start, end).trimEnd());
  }

  #countQuotes(line: Buffer): void {
    for (let at = line.indexOf(this.#quote); at !== -1; at = line.indexOf(this.#quote, at + 1))
      this.#inQuotes = !this.#inQuotes;
  }

  #keep(lines: Buffer): void {
    if (lines.length === 0) return;
    this.#pieces.push(lines);
    this.#bytes += lines.length;
  }

  #cut(): FilePart {
    const titles = this.#title === undefined ? [] : [this.#title];
    const part = {
      ...{ index: this.#index, firstLine: this.#firstLine, lines: this.#lines },
      body: Buffer.concat([...titles, ...this.#pieces]),
      titleLines: titles.length,
    };
    this.#index += 1;
    this.#pieces = [];
    this.#bytes = 0;
    this.#lines = 0;
    this.#firstLine = this.#line;
    return part;
  }
}
