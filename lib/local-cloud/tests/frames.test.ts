import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { frameReader, writeFrame } from '../lambda/frames.js';

/** What was written, as one run of bytes. */
function written(frames: readonly (readonly [string, Buffer])[]): Buffer {
  const stream = new PassThrough({ highWaterMark: 10_000_000 });
  for (const [json, bytes] of frames) writeFrame(stream as unknown as Socket, json, bytes);
  return stream.read() as Buffer;
}

const FRAMES = [
  ['{}', Buffer.alloc(0)],
  ['{"text":"é€😀"}', Buffer.from([0, 255, 1])],
  ['', Buffer.alloc(0)],
  ['', Buffer.from('bytes alone')],
  ['[1]', Buffer.alloc(100_000, 'x')],
  ['"the end"', Buffer.alloc(0)],
] as const;

test.each([1, 2, 7, 8, 9, 1_000, 1_000_000])(
  'frames are read whole from chunks of %d bytes, which may be used again',
  (size) => {
    const read: [string, Buffer][] = [];
    const reader = frameReader((json, bytes) => void read.push([json, bytes]));
    const all = written(FRAMES);
    const chunk = Buffer.alloc(size);
    for (let at = 0; at < all.length; at += size) reader(chunk.subarray(0, all.copy(chunk, 0, at, at + size)));
    expect(read.map(([json, bytes]) => [json, bytes.toString('latin1')])).toEqual(
      FRAMES.map(([json, bytes]) => [json, bytes.toString('latin1')]),
    );
  },
);

test('a reader that uses its buffer again gives each frame during the call', () => {
  const read: string[][] = [];
  const reader = frameReader((json, bytes) => void read.push([json, bytes.toString('latin1')]), { reuse: true });
  reader(written(FRAMES));
  reader(written(FRAMES.toReversed()));
  const expected = FRAMES.map(([json, bytes]) => [json, bytes.toString('latin1')]);
  expect(read).toEqual([...expected, ...expected.toReversed()]);
});
