import { Problem } from '../contract/problem.ts';

/** The first bytes of other kinds of files, and what to do with such a file. */
const SIGNATURES: readonly (readonly [bytes: readonly number[], what: string])[] = [
  [[0x1f, 0x8b], 'gzip: send Content-Encoding: gzip'],
  [[0x50, 0x4b, 0x03, 0x04], 'a .zip archive or a spreadsheet, which is not unpacked: send each file of it as text'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'zstd, which is not unpacked: send gzip with Content-Encoding: gzip'],
  [[0x42, 0x5a, 0x68], 'bzip2, which is not unpacked: send gzip with Content-Encoding: gzip'],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], 'xz, which is not unpacked: send gzip with Content-Encoding: gzip'],
  [[0x50, 0x41, 0x52, 0x31], 'Parquet, which is not read: send it as CSV or NDJSON'],
  [[0xd0, 0xcf, 0x11, 0xe0], 'an old spreadsheet: send it as CSV'],
];

/** How the bytes of a body are read as text. */
export interface DecodeOptions {
  readonly charset: string | undefined;
  /** Whether the bytes were decompressed from gzip. */
  readonly isGzip: boolean;
}

/**
 * Decodes UTF-8, or UTF-16 with a byte order mark.
 * @throws Problem invalid_encoding, which names what the bytes look like; unsupported_charset for UTF-16 without a mark
 */
export function decodeText(bytes: Buffer, { charset, isGzip }: DecodeOptions): string {
  const utf16 = markOf(bytes);
  if (utf16 !== undefined) return decode(bytes, utf16, charset);
  if (charset?.startsWith('utf16') || charset?.startsWith('utf-16')) throw withoutMark();
  refuseOtherKinds(bytes, isGzip);
  return decode(bytes, 'utf-8', charset);
}

/** The problem for a body that is declared as UTF-16 and has no byte order mark. */
export const withoutMark = (): Problem =>
  new Problem('unsupported_charset', 'UTF-16 needs a byte order mark at the start of the body');

function markOf(bytes: Buffer): 'utf-16le' | 'utf-16be' | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : undefined;
}

function refuseOtherKinds(bytes: Buffer, isGzip: boolean): void {
  const kind = SIGNATURES.find(([signature]) => signature.every((byte, index) => bytes[index] === byte));
  if (kind) {
    const what = isGzip && kind[0][0] === 0x1f ? 'gzip in gzip: pack it once' : kind[1];
    throw new Problem('invalid_encoding', `the body is ${what}`);
  }
  const [first, second] = bytes;
  if (bytes.length > 3 && (first === 0) !== (second === 0))
    throw new Problem(
      'invalid_encoding',
      'the body looks like UTF-16 without a byte order mark: send UTF-8, or UTF-16 with the mark',
    );
}

function decode(bytes: Buffer, encoding: 'utf-8' | 'utf-16le' | 'utf-16be', charset: string | undefined): string {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (cause) {
    const name = encoding === 'utf-8' ? 'UTF-8' : 'UTF-16';
    const hint =
      charset === undefined && encoding === 'utf-8' ? ': convert it, such as with iconv -f windows-1252 -t utf-8' : '';
    throw new Problem('invalid_encoding', `the body is not valid ${name}${hint}`, { cause });
  }
}
