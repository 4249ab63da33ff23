import * as z from 'zod/mini';
import { documented, forDocument } from './documented.ts';
import { time } from './parameters.ts';

/** A moment among batches and operations. */
export type AsOfMoment =
  | { readonly kind: 'batch' | 'operation'; readonly id: number }
  | { readonly kind: 'time'; readonly time: string };

const REFERENCE = /^(batch|operation):([1-9]\d{0,15})$/;

/** `asOf`: what the data said right after a batch or an operation, or at a time. */
export const asOf = documented(
  z.optional(
    z.pipe(
      z.string().check(z.maxLength(64)),
      z.transform((text, context): AsOfMoment => {
        const [, kind, id] = REFERENCE.exec(text) ?? [];
        if (kind !== undefined) return { kind: kind as 'batch' | 'operation', id: Number(id) };
        const read = time.safeParse(text);
        if (read.success) return { kind: 'time', time: read.data };
        context.issues.push({ code: 'custom', input: text, message: 'must be batch:ID, operation:ID or a time' });
        return z.NEVER;
      }),
    ),
  ),
  forDocument({
    parameter: { type: 'string' },
    description:
      'Read the data as it was right after a batch (`batch:ID`) or an operation (`operation:ID`), or at a time, in the order in which batches and operations began. Names and decimals are current.',
    example: 'batch:42',
  }),
);
