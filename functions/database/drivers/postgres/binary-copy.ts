import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { ArrayParameter } from '../../database.ts';
import { COPY_HEADER, COPY_TRAILER, encodeCopyRows } from './binary-format.ts';

/**
 * Runs a binary COPY on an idle connection. Each chunk is encoded once the socket has accepted the previous one, so encoding
 * overlaps with the server's work.
 */
export async function copyIn(
  client: pg.PoolClient,
  text: string,
  chunks: Iterable<readonly ArrayParameter[]>,
): Promise<void> {
  const pipelined = client as pg.PoolClient & { pipeline: boolean };
  // pg refuses COPY on a pipelined connection, but the mode can be changed between statements
  const before = pipelined.pipeline;
  pipelined.pipeline = false;
  try {
    await pipeline(
      Readable.from(encoded(chunks), { objectMode: true, highWaterMark: 1 }),
      client.query(copyFrom(text)),
    );
  } finally {
    pipelined.pipeline = before;
  }
}

function* encoded(chunks: Iterable<readonly ArrayParameter[]>): Generator<Buffer> {
  yield COPY_HEADER;
  for (const chunk of chunks) yield encodeCopyRows(chunk);
  yield COPY_TRAILER;
}
