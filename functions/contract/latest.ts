import * as z from 'zod/mini';
import { documented, forDocument } from './documented.ts';
import { id, symbol } from './fields.ts';

/** The most instruments that one request for the newest rows may name. */
export const MAX_LATEST = 1000;

const names = <T extends z.ZodMiniType>(item: T) =>
  z.optional(z.array(item).check(z.minLength(1), z.maxLength(MAX_LATEST)));

/** The instruments of a request for their newest rows, where they are too many for a URL. */
export const latestBody = documented(
  z
    .strictObject({ instrumentIds: names(id), symbols: names(symbol) })
    .check(
      z.refine(
        (body) => (body.instrumentIds === undefined) !== (body.symbols === undefined),
        'give either instrumentIds or symbols',
      ),
    ),
  forDocument({ id: 'LatestRequest', example: { symbols: ['ES', 'NQ'] } }),
);
