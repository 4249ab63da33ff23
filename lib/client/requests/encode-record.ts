/** A record of a batch: a tick or an alert log, with the API's field names. */
export type BatchRecord = Readonly<Record<string, unknown>>;

/** A record that JSON cannot represent. It has been neither sent nor stored. */
export class InvalidRecord extends TypeError {
  override readonly name = 'InvalidRecord';
}

/**
 * Encodes a record as a line of NDJSON, without its line feed. A date becomes ISO 8601.
 * @throws InvalidRecord for a number that is not finite, which JSON would turn into null, and for a value that JSON
 * cannot represent
 */
export function encodeRecord(record: BatchRecord): string {
  for (const name in record) {
    const value = record[name];
    if (typeof value === 'number' && !Number.isFinite(value))
      throw new InvalidRecord(`${name} is ${value}, which is not a finite number`);
    if (typeof value === 'bigint') throw new InvalidRecord(`${name} is a bigint: give a number or a string`);
  }
  return JSON.stringify(record);
}

/** The length of a text in UTF-8. Bytes. */
export function utf8Length(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    // each half of a surrogate pair counts for two of the four bytes of its character
    length += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return length;
}
