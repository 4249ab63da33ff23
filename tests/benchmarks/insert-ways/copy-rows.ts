import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { ArrayParameter } from '../../../functions/database/database.ts';
import {
  COPY_HEADER,
  COPY_TRAILER,
  encodeCopyRows,
} from '../../../functions/database/drivers/postgres/binary-format.ts';

/** Encodes columns and sends them by a binary COPY. */
export async function copyRows(client: pg.Client, text: string, columns: readonly ArrayParameter[]): Promise<void> {
  const bytes = Buffer.concat([COPY_HEADER, encodeCopyRows(columns), COPY_TRAILER]);
  await new Promise<void>((resolve, reject) => {
    const stream = client.query(copyFrom(text));
    stream.once('finish', resolve).once('error', reject);
    stream.end(bytes);
  });
}
