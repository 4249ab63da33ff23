import * as z from 'zod/mini';
import { ruleName, symbol } from './fields.ts';

/** One instrument by its symbol. */
export const instrumentPath = z.strictObject({ symbol });
/** One alert rule by its name. */
export const rulePath = z.strictObject({ name: ruleName });
