import type { ArrayParameter, ElementType } from '../../database.ts';

/**
 * Postgres' binary formats for what this project sends: one-dimensional arrays as parameters and rows for COPY.
 * Layouts: `array_recv`, `timestamptz_recv`, `int8recv` and `CopyReadBinaryTupleData` in Postgres' sources.
 */

/** The element types' OIDs, from pg_type.dat. */
const OIDS: Record<ElementType, number> = { int4: 23, int8: 20, float8: 701, timestamptz: 1184, text: 25 };

/** Microseconds from 1970 to 2000, where Postgres' timestamps start. */
const POSTGRES_EPOCH_MICROS = 946_684_800_000_000;
const TWO_32 = 4_294_967_296;
const EPOCH_HIGH = Math.floor(POSTGRES_EPOCH_MICROS / TWO_32);
const EPOCH_LOW = POSTGRES_EPOCH_MICROS - EPOCH_HIGH * TWO_32;

/** Bytes of one value of a type of fixed width. */
const widthOf = (element: Exclude<ElementType, 'text'>): number => (element === 'int4' ? 4 : 8);

/** Writes a number of up to 2^53 as a big-endian int8. DataView's setBigInt64 would cost an allocation per value. */
export function writeInt8(view: DataView, offset: number, value: number): void {
  const high = Math.floor(value / TWO_32);
  view.setInt32(offset, high);
  view.setUint32(offset + 4, value - high * TWO_32);
}

/**
 * Converts microseconds since 1970 to microseconds since 2000 and writes them in two halves, because a double may not hold the
 * difference exactly.
 */
function writeTimestamp(view: DataView, offset: number, micros: number): void {
  const high = Math.floor(micros / TWO_32);
  const low = micros - high * TWO_32 - EPOCH_LOW;
  view.setInt32(offset, high - EPOCH_HIGH - (low < 0 ? 1 : 0));
  view.setInt32(offset + 4, low);
}

/** Writes a value of fixed width; `timestamptz` takes microseconds since 1970. */
export function writeFixed(view: DataView, offset: number, element: ElementType, value: number): void {
  if (element === 'float8') view.setFloat64(offset, value);
  else if (element === 'int4') view.setInt32(offset, value);
  else if (element === 'timestamptz') writeTimestamp(view, offset, value);
  else writeInt8(view, offset, value);
}

const HEADER_BYTES = 20;

/** Encodes an array parameter. A column without any value becomes an empty array, which `unnest` pads with nulls. */
export function encodeArray({ element, values }: ArrayParameter): Buffer {
  return element === 'text'
    ? encodeTextArray(values as ArrayLike<string | null>)
    : encodeFixedArray(element, values as ArrayLike<number>);
}

function encodeFixedArray(element: Exclude<ElementType, 'text'>, values: ArrayLike<number>): Buffer {
  const width = widthOf(element);
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + values.length * (4 + width));
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  let offset = HEADER_BYTES;
  let nulls = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (Number.isNaN(value)) {
      view.setInt32(offset, -1);
      offset += 4;
      nulls++;
    } else {
      view.setInt32(offset, width);
      writeFixed(view, offset + 4, element, value);
      offset += 4 + width;
    }
  }
  return finish(buffer, view, element, nulls === values.length ? 0 : values.length, nulls, offset);
}

function encodeTextArray(values: ArrayLike<string | null>): Buffer {
  const encoded = encodeTexts(values);
  let bytes = HEADER_BYTES;
  let nulls = 0;
  for (const item of encoded) {
    if (item === null) nulls++;
    bytes += 4 + (item?.length ?? 0);
  }
  const buffer = Buffer.allocUnsafe(bytes);
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  let offset = HEADER_BYTES;
  for (const item of encoded) {
    view.setInt32(offset, item?.length ?? -1);
    offset += 4;
    if (item !== null) offset += item.copy(buffer, offset);
  }
  return finish(buffer, view, 'text', nulls === values.length ? 0 : values.length, nulls, offset);
}

/** Array header: dimensions, has-nulls flag, element OID, then the one dimension's length and lower bound. */
function finish(
  buffer: Buffer,
  view: DataView,
  element: ElementType,
  length: number,
  nulls: number,
  end: number,
): Buffer {
  view.setInt32(4, nulls > 0 && length > 0 ? 1 : 0);
  view.setInt32(8, OIDS[element]);
  if (length === 0) {
    view.setInt32(0, 0);
    return buffer.subarray(0, 12);
  }
  view.setInt32(0, 1);
  view.setInt32(12, length);
  view.setInt32(16, 1);
  return buffer.subarray(0, end);
}

/** Signature, flags and header extension of a binary COPY. */
export const COPY_HEADER = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
/** The end of a binary COPY. */
export const COPY_TRAILER = Buffer.from([0xff, 0xff]);

/** Encodes columns of equal length as rows of binary COPY. */
export function encodeCopyRows(columns: readonly ArrayParameter[]): Buffer {
  const rows = columns[0]?.values.length ?? 0;
  const texts = columns.map((column) =>
    column.element === 'text' ? encodeTexts(column.values as ArrayLike<string | null>) : undefined,
  );
  let bytes = rows * (2 + columns.length * 12);
  for (const column of texts) for (const item of column ?? []) bytes += item?.length ?? 0;
  const buffer = Buffer.allocUnsafe(bytes);
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  let offset = 0;
  for (let row = 0; row < rows; row++) {
    view.setInt16(offset, columns.length);
    offset += 2;
    for (let c = 0; c < columns.length; c++) {
      const { element, values } = columns[c] as ArrayParameter;
      if (element === 'text') {
        const item = (texts[c] as (Buffer | null)[])[row] as Buffer | null;
        view.setInt32(offset, item?.length ?? -1);
        offset += 4;
        if (item !== null) offset += item.copy(buffer, offset);
        continue;
      }
      const value = values[row] as number;
      if (Number.isNaN(value)) {
        view.setInt32(offset, -1);
        offset += 4;
        continue;
      }
      const width = widthOf(element);
      view.setInt32(offset, width);
      writeFixed(view, offset + 4, element, value);
      offset += 4 + width;
    }
  }
  return buffer.subarray(0, offset);
}

function encodeTexts(values: ArrayLike<string | null>): (Buffer | null)[] {
  return Array.from(values, (value) => (value === null ? null : Buffer.from(value, 'utf8')));
}
