import { CliError, EXIT } from '../terminal/cli-error.ts';

/** The encoding of a text file, by its byte order mark. */
export type TextEncoding = 'utf-8' | 'utf-16le' | 'utf-16be';

export function encodingOf(start: Uint8Array): TextEncoding {
  if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le';
  if (start[0] === 0xfe && start[1] === 0xff) return 'utf-16be';
  return 'utf-8';
}

/**
 * The text of a sample. Its last character may be cut off.
 * @throws CliError for bytes that are neither UTF-8 nor UTF-16
 */
export function decodeSample(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes, { stream: true });
  } catch (cause) {
    const remedy = 'convert it, such as by iconv -f WINDOWS-1252 -t UTF-8';
    throw new CliError(`${name} is not UTF-8, nor UTF-16 with a byte order mark: ${remedy}`, EXIT.usage, { cause });
  }
}

/**
 * Converts the chunks of a text file to UTF-8 without a byte order mark, because parts are cut out of it and only its
 * beginning has a mark.
 */
export async function* utf8Chunks(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  let isFirst = true;
  for await (const chunk of chunks) {
    if (isFirst) {
      const encoding = encodingOf(chunk);
      if (encoding !== 'utf-8') decoder = new TextDecoder(encoding);
    }
    const text =
      decoder === undefined ? withoutMark(chunk, isFirst) : Buffer.from(decoder.decode(chunk, { stream: true }));
    isFirst = false;
    if (text.length > 0) yield text;
  }
  const rest = decoder?.decode() ?? '';
  if (rest !== '') yield Buffer.from(rest);
}

const withoutMark = (chunk: Buffer, isFirst: boolean): Buffer =>
  isFirst && chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf ? chunk.subarray(3) : chunk;
