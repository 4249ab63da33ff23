import { closeSync, openSync, writeSync } from 'node:fs';
import type { Receipt } from '../../client/index.ts';
import type { FilePart } from './cut-parts.ts';

/**
 * A CSV file of the rows that the store rejected, with their place and the reason. It is created with its first row.
 */
export class RejectedFile {
  readonly path: string;
  #file: number | undefined;
  /** Number of rows written. */
  rows = 0;

  constructor(path: string) {
    this.path = path;
  }

  /**
   * Adds the rejected rows of one part. The receipt has the first 1,000 reasons; of further rows only the place is
   * known.
   */
  add(source: string, part: FilePart, { outcomes, rejections }: Receipt): void {
    if (outcomes.rejected.length === 0) return;
    const lines = part.body.toString().split('\n').slice(part.titleLines);
    const rows = rowLines(lines);
    const reasons = new Map(rejections.map((rejection) => [rejection.index, rejection]));
    for (const [from, to] of outcomes.rejected)
      for (let index = from; index <= to; index++) {
        const {
          path = '',
          code = 'not_listed',
          message = 'no reason known: the receipt contains only the first 1,000',
        } = reasons.get(index) ?? {};
        const place = rows[index] ?? lines.length;
        this.#write([source, part.firstLine + place, path, code, message, (lines[place] ?? '').trimEnd()]);
      }
  }

  /** Adds a part that the store refused as a whole. */
  addPart(source: string, part: FilePart, code: string, message: string): void {
    const lines = part.body.toString().split('\n').slice(part.titleLines);
    for (const place of rowLines(lines))
      this.#write([source, part.firstLine + place, '', code, message, (lines[place] ?? '').trimEnd()]);
  }

  #write(cells: readonly (string | number)[]): void {
    if (this.#file === undefined) {
      this.#file = openSync(this.path, 'w', 0o600);
      writeSync(this.#file, 'file,line,path,code,message,row\n');
    }
    writeSync(this.#file, `${cells.map(quoted).join(',')}\n`);
    this.rows += 1;
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
  }
}

/** The lines that contain rows, in the order in which the store counts them: empty lines do not count. */
function rowLines(lines: readonly string[]): number[] {
  return lines.flatMap((line, place) => (line.trim() === '' ? [] : [place]));
}

function quoted(cell: string | number): string {
  const text = String(cell);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
