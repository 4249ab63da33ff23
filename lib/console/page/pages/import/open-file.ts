/** The kind of a file, by its name. */
export type FileKind = 'csv' | 'ndjson';

/** A dropped file, ready to be read as text. */
export interface OpenedFile {
  readonly file: File;
  readonly kind: FileKind;
  readonly isGzip: boolean;
  readonly encoding: 'utf-8' | 'utf-16le' | 'utf-16be';
  /** Its beginning, as text. The last line may be cut off. */
  readonly sample: string;
}

const SAMPLE_CHARACTERS = 256 * 1024;

/** @throws Error with a sentence for a person, if a browser cannot read the file */
export async function openFile(file: File): Promise<OpenedFile> {
  const name = file.name.toLowerCase();
  if (/\.(?:zip|parquet|xlsx?|7z|bz2|zst)$/.test(name))
    throw new Error(
      `${file.name} cannot be read in a browser. On the command line: npx tick-store import '${file.name}'`,
    );
  const head = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  const isGzip = head[0] === 0x1f && head[1] === 0x8b;
  const kind: FileKind = /\.(?:ndjson|jsonl|jsonlines)(?:\.gz)?$/.test(name) ? 'ndjson' : 'csv';
  const encoding = encodingOf(isGzip ? await firstBytes(file) : head);
  let sample = '';
  for await (const text of textOf({ file, isGzip, encoding })) {
    sample += text;
    if (sample.length >= SAMPLE_CHARACTERS) break;
  }
  if (sample.trim() === '') throw new Error(`${file.name} is empty.`);
  return { file, kind, isGzip, encoding, sample: sample.slice(0, SAMPLE_CHARACTERS) };
}

/** The text of a file in chunks. @param onBytes called with the number of bytes read of the file itself */
export async function* textOf(
  { file, isGzip, encoding }: Pick<OpenedFile, 'file' | 'isGzip' | 'encoding'>,
  onBytes: (bytes: number) => void = () => undefined,
): AsyncGenerator<string> {
  let read = 0;
  const counted = file.stream().pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller) {
        read += chunk.byteLength;
        onBytes(read);
        controller.enqueue(chunk);
      },
    }),
  );
  const plain = isGzip ? counted.pipeThrough(new DecompressionStream('gzip')) : counted;
  const reader = plain.pipeThrough(new TextDecoderStream(encoding, { fatal: true })).getReader();
  try {
    for (let { value, done } = await reader.read(); !done; { value, done } = await reader.read()) yield value as string;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function firstBytes(file: File): Promise<Uint8Array> {
  const reader = file.stream().pipeThrough(new DecompressionStream('gzip')).getReader();
  const { value } = await reader.read();
  await reader.cancel().catch(() => undefined);
  return value ?? new Uint8Array();
}

function encodingOf([first, second]: Uint8Array): OpenedFile['encoding'] {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  return 'utf-8';
}
