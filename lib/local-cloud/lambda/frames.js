// @ts-check
/**
 * Messages between the local cloud and the process of an execution environment, on a Unix socket. A message is a frame
 * of two lengths (unsigned, big-endian, 4 bytes), a JSON text, and the bytes that belong to it, such as a request's
 * body. Node's own channel would serialise each message again and copy the body twice.
 *
 * This is JavaScript, like `environment-process.js`, because every environment loads it.
 */

/** @import { Socket } from 'node:net' */

const HEAD_BYTES = 8;
const NONE = Buffer.alloc(0);

/**
 * Sends a frame with one write.
 * @param {Socket} socket
 * @param {string} json
 * @param {Buffer} bytes
 * @param {(error?: Error | null) => void} [written]
 */
export function writeFrame(socket, json, bytes = NONE, written = undefined) {
  const length = Buffer.byteLength(json);
  const head = Buffer.allocUnsafe(HEAD_BYTES + length);
  head.writeUInt32BE(length, 0);
  head.writeUInt32BE(bytes.length, 4);
  head.write(json, HEAD_BYTES, 'utf8');
  if (bytes.length === 0) {
    socket.write(head, written);
    return;
  }
  socket.cork();
  socket.write(head);
  socket.write(bytes, written);
  socket.uncork();
}

/**
 * Receives chunks from a socket, and calls `onFrame` with each complete frame. The bytes of a frame are a copy.
 * @param {(json: string, bytes: Buffer) => void} onFrame
 * @param {{ readonly reuse?: boolean }} [options] with `reuse`, the bytes of a frame are valid only during the call. A
 * new buffer for each body is memory outside of V8's heap, which makes V8 collect all of the heap more often.
 * @returns {(chunk: Buffer) => void} the chunk may be reused after the call
 */
export function frameReader(onFrame, { reuse = false } = {}) {
  /** The largest buffer so far, if it is reused. */
  let largest = NONE;
  /** @param {number} bytes */
  const bufferOf = (bytes) => {
    if (!reuse) return Buffer.allocUnsafe(bytes);
    if (largest.length < bytes) largest = Buffer.allocUnsafe(bytes);
    return largest.subarray(0, bytes);
  };
  /** The bytes of the current frame; the first `filled` have been read. */
  let frame = Buffer.allocUnsafe(HEAD_BYTES);
  let filled = 0;
  /** @type {number | undefined} */
  let jsonLength;
  return (chunk) => {
    for (let at = 0; at < chunk.length || (jsonLength !== undefined && filled === frame.length); ) {
      const taken = Math.min(frame.length - filled, chunk.length - at);
      chunk.copy(frame, filled, at, at + taken);
      filled += taken;
      at += taken;
      if (filled < frame.length) return;
      if (jsonLength === undefined) {
        jsonLength = frame.readUInt32BE(0);
        frame = bufferOf(jsonLength + frame.readUInt32BE(4));
      } else {
        const [whole, length] = [frame, jsonLength];
        frame = Buffer.allocUnsafe(HEAD_BYTES);
        jsonLength = undefined;
        onFrame(whole.toString('utf8', 0, length), whole.subarray(length));
      }
      filled = 0;
    }
  };
}
