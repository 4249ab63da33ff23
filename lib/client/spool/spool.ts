import {
  appendFileSync,
  closeSync,
  fdatasync,
  fdatasyncSync,
  fsync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TickStoreProblem } from '../requests/problem.ts';
import type { BatchQueue, Part, RejectedRecord } from '../sender/batch-queue.ts';
import { leftParts, lockSpool, newRunName, partFile, SpoolError } from './spool-files.ts';

export { SpoolError } from './spool-files.ts';

export interface SpoolOptions {
  /** A directory for this process only. Created if it does not exist. */
  readonly directory: string;
  /**
   * When written data is flushed to disk (fsync). `seal` (the default): before a part is sent, so that a power failure
   * loses at most the part that is being filled. `always`: before `add` returns. `never`: the operating system decides.
   * The end of the process alone, even by `kill -9`, loses nothing with any of them.
   */
  readonly fsync?: 'always' | 'seal' | 'never' | undefined;
  /** `add` throws a SpoolError when this much is waiting. Bytes. Default: the space on the disk. */
  readonly maxBytes?: number | undefined;
}

interface SpoolPart extends Part {
  readonly bytes: number;
}

/**
 * A write-ahead queue on disk: a record is in a file before it is accepted, and a part's file is removed once its
 * receipt has arrived. The key is the file's name, so a part that is sent again after a crash is stored once.
 * @throws SpoolError if another process uses it
 */
export function openSpool(options: SpoolOptions): BatchQueue {
  return new Spool(options);
}

class Spool implements BatchQueue {
  onReady: () => void = () => undefined;
  readonly #directory: string;
  readonly #fsync: 'always' | 'seal' | 'never';
  readonly #maxBytes: number;
  readonly #unlock: () => void;
  /** File descriptor of the directory itself. */
  readonly #entry: number;
  readonly #run: string;
  #made = 0;
  #open: { key: string; file: number; rows: number; bytes: number } | undefined;
  /** Sealed parts, oldest first. `#taken` are with the sender, `#syncing` are not on disk yet. */
  readonly #parts: SpoolPart[];
  #rows = 0;
  #bytes = 0;
  readonly #taken = new Set<string>();
  readonly #syncing = new Set<string>();

  constructor({ directory, fsync = 'seal', maxBytes = Number.POSITIVE_INFINITY }: SpoolOptions) {
    this.#directory = directory;
    this.#fsync = fsync;
    this.#maxBytes = maxBytes;
    this.#unlock = lockSpool(directory);
    this.#entry = openSync(directory, 'r');
    this.#parts = leftParts(directory);
    for (const part of this.#parts) this.#count(part, 1);
    this.#run = newRunName(this.#parts);
  }

  get filling() {
    return { rows: this.#open?.rows ?? 0, bytes: this.#open?.bytes ?? 0 };
  }

  get waiting() {
    return { parts: this.#parts.length, rows: this.#rows };
  }

  #count({ rows, bytes }: SpoolPart, sign: 1 | -1): void {
    this.#rows += sign * rows;
    this.#bytes += sign * bytes;
  }

  append(lines: string, rows: number): void {
    const content = Buffer.from(lines);
    const waiting = this.#bytes + this.filling.bytes;
    if (waiting + content.length > this.#maxBytes)
      throw new SpoolError(
        `the spool ${this.#directory} contains ${waiting} bytes, and its limit is ${this.#maxBytes}`,
      );
    try {
      this.#open ??= this.#openPart();
      this.#write(this.#open, content);
    } catch (cause) {
      throw new SpoolError(`the spool ${this.#directory} cannot store more: ${(cause as Error).message}`, { cause });
    }
    this.#open.rows += rows;
    this.#open.bytes += content.length;
  }

  /** Writes all of the content or none of it, because a full disk may accept a part of a line. */
  #write({ file, bytes }: { readonly file: number; readonly bytes: number }, content: Uint8Array): void {
    try {
      for (let done = 0; done < content.length; ) done += writeSync(file, content, done);
      if (this.#fsync === 'always') fdatasyncSync(file);
    } catch (error) {
      ftruncateSync(file, bytes);
      throw error;
    }
  }

  #openPart() {
    this.#made += 1;
    const key = `${this.#run}-${String(this.#made).padStart(9, '0')}`;
    // opened for appending, so that truncation after a failed write leaves no gap
    const file = openSync(partFile(this.#directory, key), 'ax', 0o600);
    if (this.#fsync === 'always') fsyncSync(this.#entry);
    return { key, file, rows: 0, bytes: 0 };
  }

  seal(): void {
    if (this.#open === undefined) return;
    const { file, ...part } = this.#open;
    this.#open = undefined;
    this.#parts.push(part);
    this.#count(part, 1);
    if (this.#fsync === 'never') {
      closeSync(file);
      this.onReady();
      return;
    }
    this.#syncing.add(part.key);
    // the directory as well: after a power failure a file without an entry is lost. If the disk cannot sync, it still
    // has the records, so they are sent anyway.
    fdatasync(file, () =>
      fsync(this.#entry, () => {
        closeSync(file);
        this.#syncing.delete(part.key);
        this.onReady();
      }),
    );
  }

  take(): Part | undefined {
    const part = this.#parts.find(({ key }) => !this.#taken.has(key));
    // in order: a part that is still being flushed delays the later ones
    if (part === undefined || this.#syncing.has(part.key)) return undefined;
    this.#taken.add(part.key);
    return part;
  }

  read({ key }: Part): Promise<string> {
    return readFile(partFile(this.#directory, key), 'utf8');
  }

  putBack({ key }: Part): void {
    this.#taken.delete(key);
  }

  async stored(part: Part, rejected: readonly RejectedRecord[]): Promise<void> {
    if (rejected.length > 0) {
      const lines = rejected.map((one) => `${JSON.stringify({ key: part.key, ...one })}\n`).join('');
      appendFileSync(join(this.#directory, 'rejected.jsonl'), lines, { mode: 0o600 });
    }
    await rm(partFile(this.#directory, part.key), { force: true });
    this.#forget(part);
  }

  async refused(part: Part, problem: TickStoreProblem): Promise<void> {
    const aside = join(this.#directory, 'refused');
    mkdirSync(aside, { recursive: true, mode: 0o700 });
    await writeFile(join(aside, `${part.key}.problem.json`), `${JSON.stringify(problem.document, null, 2)}\n`);
    renameSync(partFile(this.#directory, part.key), partFile(aside, part.key));
    this.#forget(part);
  }

  #forget({ key }: Part): void {
    const at = this.#parts.findIndex((part) => part.key === key);
    for (const part of at === -1 ? [] : this.#parts.splice(at, 1)) this.#count(part, -1);
    this.#taken.delete(key);
  }

  async close(): Promise<void> {
    while (this.#syncing.size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    if (this.#open !== undefined) closeSync(this.#open.file);
    closeSync(this.#entry);
    this.#unlock();
  }
}
