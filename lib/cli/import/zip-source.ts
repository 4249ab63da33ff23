import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import yauzl, { type Entry, type ZipFile } from 'yauzl';

const openZip = promisify<string, { lazyEntries: true; autoClose: false }, ZipFile>(yauzl.open);

/** A file in an archive. */
export interface ZipEntry {
  readonly name: string;
  readonly packedBytes: number;
}

/** Files that vendors add to the data. */
const NO_DATA = /(^|\/)(__MACOSX\/|\.|readme|license|checksum)|\.(pdf|md|html?|sha256|checksum|md5)$/i;

/**
 * The data files of an archive, by name.
 * @throws Error if it is not an archive, or has no data files
 */
export async function zipEntries(path: string): Promise<ZipEntry[]> {
  const found: ZipEntry[] = [];
  await eachEntry(path, async (_, { fileName, compressedSize }) => {
    if (!fileName.endsWith('/') && !NO_DATA.test(fileName)) found.push({ name: fileName, packedBytes: compressedSize });
    return true;
  });
  if (found.length === 0) throw new Error(`${path}: the archive contains no data file`);
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The content of one file of an archive, and its uncompressed size. */
export async function openZipEntry(path: string, name: string): Promise<{ stream: Readable; bytes: number }> {
  const zip = await openZip(path, { lazyEntries: true, autoClose: false });
  const entry = await new Promise<Entry>((resolve, reject) => {
    zip.on('entry', (one: Entry) => (one.fileName === name ? resolve(one) : zip.readEntry()));
    zip.on('error', reject);
    zip.on('end', () => reject(new Error(`${path} no longer contains ${name}`)));
    zip.readEntry();
  });
  const stream = await promisify<Entry, Readable>(zip.openReadStream.bind(zip))(entry);
  stream.on('close', () => zip.close());
  return { stream, bytes: entry.uncompressedSize };
}

/** @param take returns whether to continue */
async function eachEntry(path: string, take: (zip: ZipFile, entry: Entry) => Promise<boolean>): Promise<void> {
  const zip = await openZip(path, { lazyEntries: true, autoClose: false });
  try {
    await new Promise<void>((resolve, reject) => {
      zip.on(
        'entry',
        (entry: Entry) => void take(zip, entry).then((more) => (more ? zip.readEntry() : resolve()), reject),
      );
      zip.on('end', resolve);
      zip.on('error', reject);
      zip.readEntry();
    });
  } finally {
    zip.close();
  }
}
