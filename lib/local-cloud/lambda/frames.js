// @ts-check
/**
 * Messages between the local cloud and the process of an execution environment: on a Unix socket, each a frame of two lengths
 * (unsigned, big-endian, 4 bytes), a JSON text, and bytes that belong to it, such as a request's body.
 * Node's own channel would serialise each message once more, and copy the body twice.
 *
 * JavaScript, as `environment-process.js` is: every environment loads it.
 */

/** @import { Socket } from 'node:net' */

const HEAD_BYTES = 8;
const NONE = Buffer.alloc(0);

/**
 * Sends a frame by one write.
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
 * Takes what a socket reads, and calls `onFrame` with each frame once it is whole. The bytes it passes on are its own.
 * @param {(json: string, bytes: Buffer) => void} onFrame
 * @returns {(chunk: Buffer) => void} the chunk may be used again after the call
 */
export function frameReader(onFrame) {
  /** What has been read of the frame under way; its first `filled` bytes are set. */
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
        frame = Buffer.allocUnsafe(jsonLength + frame.readUInt32BE(4));
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
