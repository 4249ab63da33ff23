import { isoTimestamp } from '../iso-timestamp.ts';
import type { PostgresClient } from './postgres-client.ts';

const INT8 = 20;
const TIMESTAMPTZ = 1184;

/** Parsers by type id, as `pg` and Neon’s client take them. */
export interface TypeParsers {
  getTypeParser(oid: number, format?: 'text' | 'binary'): (value: string) => unknown;
}

/** How values are parsed, so that every backend returns the same: ids fit a number (2^53), times keep microseconds. */
export const typeParsers = (types: PostgresClient['types']): TypeParsers => ({
  getTypeParser(oid, format) {
    if (oid === INT8) return Number;
    if (oid === TIMESTAMPTZ) return isoTimestamp;
    return types.getTypeParser(oid, format) as (value: string) => unknown;
  },
});

const FLOAT8 = 701;
const asItIs = (text: string): string => text;

/** The same, but doubles stay text. */
export const textParsers = (types: PostgresClient['types']): TypeParsers => {
  const parsers = typeParsers(types);
  return { getTypeParser: (oid, format) => (oid === FLOAT8 ? asItIs : parsers.getTypeParser(oid, format)) };
};
