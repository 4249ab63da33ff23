import * as z from 'zod';
import { id, symbol } from './fields.ts';

/** The most instruments that one request for the newest rows may name. */
export const MAX_LATEST = 1000;

const names = <T extends z.ZodType>(item: T) => z.array(item).min(1).max(MAX_LATEST).optional();

/** The instruments of a request for their newest rows, where they are too many for a URL. */
export const latestBody = z
  .strictObject({ instrumentIds: names(id), symbols: names(symbol) })
  .refine(
    (body) => (body.instrumentIds === undefined) !== (body.symbols === undefined),
    'give either instrumentIds or symbols',
  )
  .meta({ id: 'LatestRequest', example: { symbols: ['ES', 'NQ'] } });
