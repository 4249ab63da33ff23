import pg from 'pg';
import { isoTimestamp } from './iso-timestamp.ts';

const INT8 = 20;
const TIMESTAMPTZ = 1184;

/** How values come back, so that every route answers the same: ids fit a number (2^53), times keep microseconds. */
export const typeParsers = {
  getTypeParser(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
    if (oid === INT8) return Number;
    if (oid === TIMESTAMPTZ) return isoTimestamp;
    return pg.types.getTypeParser(oid, format as 'text') as (value: string) => unknown;
  },
};
