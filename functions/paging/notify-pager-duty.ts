import { post } from '../aws/post.ts';
import { fetchSecret } from '../aws/secrets-manager.ts';
import type { OnCallPage } from './page.ts';
import { pagerDutyEventsOf } from './page-forms.ts';

/** Pauses before the second and third attempt. Milliseconds. */
const PAUSES_MS = [500, 2_000];

/**
 * Sends a page to PagerDuty, with up to three attempts if the error is retryable. Takes at most 12 s per event.
 * @param secret name of the secret with the routing key
 * @throws Error with PagerDuty's status, never with the routing key
 */
export async function notifyPagerDuty(page: OnCallPage, secret: string, url: string): Promise<void> {
  const routingKey = (await fetchSecret(secret))?.trim() ?? '';
  for (const event of pagerDutyEventsOf(page, routingKey)) await enqueue(url, JSON.stringify(event));
}

async function enqueue(url: string, body: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const outcome = await post(new URL(url), { 'Content-Type': 'application/json' }, body).catch(
      (error: Error) => error,
    );
    if (!(outcome instanceof Error) && outcome.status < 300) return;
    const pauseMs = PAUSES_MS[attempt];
    const isRetryable = outcome instanceof Error || outcome.status === 429 || outcome.status >= 500;
    if (pauseMs === undefined || !isRetryable)
      throw new Error(outcome instanceof Error ? outcome.message : `HTTP status ${outcome.status}`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
