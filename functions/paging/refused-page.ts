import * as z from 'zod/mini';
import { checkValue, listErrors } from '../contract/check-value.ts';
import { SEVERITIES } from './page-facts.ts';

/** A page that PagerDuty has refused, as the queue stores it. A person may have to read it there. */
const refusedPage = z.object({
  /** The recipient: the name of the secret with its routing key. */
  secret: z.string().check(z.minLength(1)),
  severity: z.enum(SEVERITIES),
  /** Why it was refused the first time, or why it is left for a person to read. */
  reason: z.string(),
  /** When it was refused the first time. ISO 8601. */
  refusedAt: z.iso.datetime(),
  /** The message that the page was composed from, so that a retry composes it again from the state at that time. */
  source: z.object({ subject: z.string(), text: z.string(), sentAt: z.optional(z.iso.datetime()) }),
  /** The page, as text. */
  page: z.string(),
});
export type RefusedPage = z.output<typeof refusedPage>;

/** @throws Error if the body is not a refused page, or has the format of an incompatible release */
export function readRefusedPage(body: string): RefusedPage {
  const checked = checkValue(refusedPage, JSON.parse(body) as unknown);
  if ('errors' in checked) throw new Error(`not a refused page: ${listErrors(checked.errors)}`);
  return checked.value;
}
