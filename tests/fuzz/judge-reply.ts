import { isDeepStrictEqual } from 'node:util';
import { problem } from '../../functions/contract/problem.ts';
import { MARK } from '../support/marked-requests.ts';
import type { FuzzedRequest } from './generate-request.ts';
import type { RawReply } from './send-raw.ts';

/** What is wrong with a response; undefined if it is correct. */
export function faultOf({ method, path }: FuzzedRequest, { statuses, text }: RawReply): string | undefined {
  const [status, ...more] = statuses;
  if (status === undefined) return 'closed without a response';
  // without a probe the health is unknown, which is a 503
  const isHealth = status === 503 && decode(path) === '/v1/health';
  if (status >= 500 && !isHealth) return `responded ${status}: ${text.slice(0, 1_000)}`;
  if (more.length > 0) return `responded ${statuses.length} times`;
  if (status < 400 || isHealth || method === 'HEAD') return undefined;
  const head = text.slice(0, text.indexOf('\r\n\r\n')).toLowerCase();
  const parsed = problem.safeParse(bodyOf(text));
  if (!parsed.success) return `a ${status} that is no problem document: ${text.slice(head.length, 500 + head.length)}`;
  if (!head.includes(`x-request-id: ${parsed.data.requestId.toLowerCase()}`))
    return 'another X-Request-Id than in the body';
  return undefined;
}

/** How the verdicts on one record differ; undefined if they are the same. */
export function verdictsDiffer(replies: readonly RawReply[]): string | undefined {
  const verdicts = replies.map(({ statuses, text }) => {
    const { rejections = [] } = bodyOf(text) as { rejections?: { code: string; path: string }[] };
    return [statuses[0], ...rejections.map(({ code, path }) => `${code} ${path}`)];
  });
  const isSame = verdicts.every((verdict) => isDeepStrictEqual(verdict, verdicts[0]));
  return isSame ? undefined : `one record has several verdicts: ${JSON.stringify(verdicts)}`;
}

/**
 * A log line that contains values of a request; undefined if there is none. Request ids may be logged.
 * @param passwords must not appear in any line either
 */
export function leakIn(lines: readonly string[], passwords: readonly string[]): string | undefined {
  const isLeak = (line: string) => {
    const rest = line.replaceAll(/"requestId":"[^"]*"/g, '');
    return [MARK, ...passwords].some((secret) => rest.includes(secret));
  };
  const leak = lines.find(isLeak);
  return leak === undefined ? undefined : `a log line has something secret in it: ${leak.slice(0, 1_000)}`;
}

/** The body of a response as JSON; an empty object if it is none. */
export function bodyOf(text: string): object {
  try {
    return Object(JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4))) as object;
  } catch {
    return {};
  }
}

/** A path without its escapes, if they are valid. */
export function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
