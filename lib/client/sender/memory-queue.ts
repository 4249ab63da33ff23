import type { BatchQueue, Part } from './batch-queue.ts';

interface MemoryPart extends Part {
  readonly body: string;
}

/** A queue in memory. Its content is lost with the process. */
export class MemoryQueue implements BatchQueue {
  onReady: () => void = () => undefined;
  readonly #run = crypto.randomUUID();
  #lines: string[] = [];
  #rows = 0;
  #bytes = 0;
  #made = 0;
  #waitingRows = 0;
  /** Sealed parts that have not been taken, oldest first. */
  readonly #ready: MemoryPart[] = [];
  readonly #taken = new Set<MemoryPart>();

  get filling() {
    return { rows: this.#rows, bytes: this.#bytes };
  }

  get waiting() {
    return { parts: this.#ready.length + this.#taken.size, rows: this.#waitingRows };
  }

  append(lines: string, rows: number): void {
    this.#lines.push(lines);
    this.#rows += rows;
    this.#bytes += lines.length;
  }

  seal(): void {
    if (this.#rows === 0) return;
    this.#made += 1;
    this.#ready.push({ key: `${this.#run}/${this.#made}`, rows: this.#rows, body: this.#lines.join('') });
    this.#waitingRows += this.#rows;
    this.#lines = [];
    this.#rows = 0;
    this.#bytes = 0;
    this.onReady();
  }

  take(): Part | undefined {
    const part = this.#ready.shift();
    if (part) this.#taken.add(part);
    return part;
  }

  async read(part: Part): Promise<string> {
    return (part as MemoryPart).body;
  }

  putBack(part: Part): void {
    this.#taken.delete(part as MemoryPart);
    const number = ({ key }: Part) => Number(key.split('/')[1]);
    const at = this.#ready.findIndex((other) => number(other) > number(part));
    this.#ready.splice(at === -1 ? this.#ready.length : at, 0, part as MemoryPart);
  }

  async stored(part: Part): Promise<void> {
    if (this.#taken.delete(part as MemoryPart)) this.#waitingRows -= part.rows;
  }

  refused(part: Part): Promise<void> {
    return this.stored(part);
  }

  async close(): Promise<void> {}
}
