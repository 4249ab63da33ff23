import { entityTag, matchesTag, type Preconditions } from '../contract/preconditions.ts';
import { Problem } from '../contract/problem.ts';
import type { ApiResponse } from './api-request.ts';

/** A value and what names its state. */
interface Versioned {
  readonly value: unknown;
  readonly version: string;
}

/**
 * The response of a thing with a state: `ETag` names it. To a read that knows this state already, 304.
 * @param preconditions of a read
 * @throws Problem precondition_failed
 */
export function versionedResponse({ value, version }: Versioned, preconditions?: Preconditions): ApiResponse {
  const headers = { ETag: entityTag(version), 'Cache-Control': 'private, no-cache' };
  const { ifMatch, ifNoneMatch } = preconditions ?? {};
  if (ifMatch !== undefined && !matchesTag(ifMatch, version))
    throw new Problem('precondition_failed', 'If-Match: this has changed since; read it again', { headers });
  if (ifNoneMatch !== undefined && matchesTag(ifNoneMatch, version)) return { json: '', status: 304, headers };
  return { value, headers };
}
