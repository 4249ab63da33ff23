import * as z from 'zod/mini';
import { checkValue, listErrors } from '../contract/check-value.ts';
import { SEVERITIES } from './page-facts.ts';

/** A page that PagerDuty has refused, as it waits in its queue. A person may have to read it there. */
const refusedPage = z.object({
  /** Name of the secret with the routing key: whom it is for. */
  secret: z.string().check(z.minLength(1)),
  severity: z.enum(SEVERITIES),
  /** Why it was refused at first, or why it is kept for a person. */
  reason: z.string(),
  /** When it was refused at first. ISO 8601. */
  refusedAt: z.iso.datetime(),
  /** What the page was made of, so that it is made anew of what is true then. */
  source: z.object({ subject: z.string(), text: z.string(), sentAt: z.optional(z.iso.datetime()) }),
  /** The page, as text. */
  page: z.string(),
});
export type RefusedPage = z.output<typeof refusedPage>;

/** @throws Error for what no release of this service has put into the queue, or an older one in another form */
export function readRefusedPage(body: string): RefusedPage {
  const checked = checkValue(refusedPage, JSON.parse(body) as unknown);
  if ('errors' in checked) throw new Error(`not a refused page: ${listErrors(checked.errors)}`);
  return checked.value;
}
