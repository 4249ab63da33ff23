import type { Duplex } from 'node:stream';

/** Codes in the first message of a connection. */
export const SSL_REQUEST = 80_877_103;
export const GSS_REQUEST = 80_877_104;
export const CANCEL_REQUEST = 80_877_102;
export const PROTOCOL_3 = 196_608;

/** The longest startup message and login message that are read. Bytes; PostgreSQL's own limits. */
const MOST_STARTUP_BYTES = 10_000;
const MOST_LOGIN_BYTES = 65_535;

/** A message of the Postgres protocol: the letter of its type, and the bytes after the length. */
export interface Message {
  readonly type: string;
  readonly body: Buffer;
}

/** The other end has closed the connection. */
export class ConnectionEnded extends Error {}

/** Reads the first message, which has no type. @throws ConnectionEnded, or Error if it is not a startup message */
export async function readStartup(stream: Duplex): Promise<{ code: number; body: Buffer }> {
  const length = (await take(stream, 4)).readInt32BE();
  if (length < 8 || length > MOST_STARTUP_BYTES) throw new Error('this is not a startup message');
  const body = await take(stream, length - 4);
  return { code: body.readInt32BE(), body: body.subarray(4) };
}

/** Reads one message of a login. @throws ConnectionEnded, or Error if it is not a login message */
export async function readMessage(stream: Duplex): Promise<Message> {
  const head = await take(stream, 5);
  const length = head.readInt32BE(1);
  if (length < 4 || length > MOST_LOGIN_BYTES) throw new Error('this is not a login message');
  return { type: head.toString('latin1', 0, 1), body: length === 4 ? Buffer.alloc(0) : await take(stream, length - 4) };
}

/** The parameters of a startup message: `user\0NAME\0database\0NAME\0…\0\0`. */
export function readParameters(body: Buffer): Map<string, string> {
  const texts = body.toString('utf8').split('\0');
  const parameters = new Map<string, string>();
  for (let index = 0; index + 1 < texts.length && texts[index] !== ''; index += 2)
    parameters.set(texts[index] ?? '', texts[index + 1] ?? '');
  return parameters;
}

export function startupMessage(parameters: ReadonlyMap<string, string>): Buffer {
  const body = Buffer.from(`${[...parameters].map(([name, value]) => `${name}\0${value}\0`).join('')}\0`);
  return Buffer.concat([int32(body.length + 8), int32(PROTOCOL_3), body]);
}

export function message(type: string, ...parts: readonly Buffer[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 4);
  return Buffer.concat([Buffer.from(type, 'latin1'), int32(length), ...parts]);
}

/** A fatal error. The connection closes after it. */
export function fatal(sqlState: string, text: string): Buffer {
  return message('E', Buffer.from(`SFATAL\0VFATAL\0C${sqlState}\0M${text}\0\0`));
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/**
 * Reads exactly this many bytes; further bytes stay in the stream. It consumes them as they arrive: a stream with only
 * a part of them would report again and again that it is readable, and starve everything else in this process.
 */
async function take(stream: Duplex, bytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (let missing = bytes; missing > 0; ) {
    const part = stream.read(Math.min(missing, stream.readableLength) || undefined) as Buffer | null;
    if (part !== null) {
      parts.push(part);
      missing -= part.length;
    } else if (stream.readableEnded || stream.destroyed) {
      throw new ConnectionEnded('the connection ended');
    } else {
      await readableOrOver(stream);
    }
  }
  return Buffer.concat(parts);
}

function readableOrOver(stream: Duplex): Promise<void> {
  const events = ['readable', 'end', 'close', 'error'] as const;
  return new Promise((resolve) => {
    const done = () => {
      for (const event of events) stream.removeListener(event, done);
      resolve();
    };
    for (const event of events) stream.once(event, done);
  });
}
