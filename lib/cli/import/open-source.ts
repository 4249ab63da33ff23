import { createReadStream, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { openZipEntry, zipEntries } from './zip-source.ts';

export type SourceKind = 'csv' | 'ndjson' | 'parquet';

/** One file to import, or one file of an archive. */
export interface Source {
  /** Its name for a person: `data/x.zip:x.csv` for a file in an archive. */
  readonly name: string;
  /** The part of the name that may contain the symbol. */
  readonly fileName: string;
  readonly path: string;
  readonly kind: SourceKind;
  /** Its size on disk, compressed or not. */
  readonly bytes: number;
  /** Opens its content, uncompressed. Not used for Parquet, which is read at random positions. */
  readonly stream: () => Promise<OpenStream>;
}

export interface OpenStream {
  readonly content: Readable;
  /** How much of the source has been read, on the scale of `Source.bytes`. */
  readonly position: () => number;
}

const READ_BYTES = 1 << 20;

/**
 * The sources in a file: the file itself, or the files in an archive. The kind is known by the extension, for gzip also
 * by the first bytes.
 * @throws Error for a file of an unknown kind
 */
export async function openSources(path: string): Promise<Source[]> {
  const bytes = statSync(path).size;
  if (/\.zip$/i.test(path)) {
    const entries = await zipEntries(path);
    return entries.map(({ name, packedBytes }) => ({
      ...{ name: `${path}:${name}`, fileName: name.split('/').at(-1) ?? name, path, bytes: packedBytes },
      kind: kindOf(name),
      stream: async () => counted(await openZipEntry(path, name), packedBytes),
    }));
  }
  const kind = kindOf(path.replace(/\.gz$/i, ''));
  const packed = await isGzip(path);
  return [{ name: path, fileName: basename(path), path, kind, bytes, stream: async () => openFile(path, packed) }];
}

function kindOf(name: string): SourceKind {
  if (/\.parquet$/i.test(name)) return 'parquet';
  if (/\.(ndjson|jsonl)$/i.test(name)) return 'ndjson';
  if (/\.json$/i.test(name)) throw new Error(`${name}: JSON files must be NDJSON, with one record per line`);
  return 'csv';
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
}

function openFile(path: string, packed: boolean): OpenStream {
  const file = createReadStream(path, { highWaterMark: READ_BYTES });
  const position = () => file.bytesRead;
  if (!packed) return { content: file, position };
  const content = createGunzip({ chunkSize: READ_BYTES });
  file.on('error', (error) => content.destroy(error));
  content.on('close', () => file.destroy());
  return { content: file.pipe(content), position };
}

/** The archive's reader decompresses the entry, so progress is counted in the bytes that come out. */
function counted(entry: { stream: Readable; bytes: number }, packedBytes: number): OpenStream {
  let read = 0;
  const content = new PassThrough({ highWaterMark: READ_BYTES });
  entry.stream.on('data', (chunk: Buffer) => {
    read += chunk.length;
  });
  entry.stream.on('error', (error) => content.destroy(error));
  return {
    content: entry.stream.pipe(content),
    position: () => (entry.bytes === 0 ? 0 : (read / entry.bytes) * packedBytes),
  };
}

/** The first bytes of a source, uncompressed: enough to inspect it. */
export async function readSample(source: Source, bytes = 256 * 1024): Promise<Buffer> {
  const { content } = await source.stream();
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of content as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= bytes) break;
  }
  return Buffer.concat(chunks).subarray(0, bytes);
}
