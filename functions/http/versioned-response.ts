import { entityTag, matchesTag, type Preconditions } from '../contract/preconditions.ts';
import { Problem } from '../contract/problem.ts';
import type { ApiResponse } from './api-request.ts';

/** A value and the version of its state. */
interface VersionedValue {
  readonly value: unknown;
  readonly version: string;
}

/**
 * The response for a versioned value, with its version as `ETag`. 304 for a read that already has this version.
 * @param preconditions of a read
 * @throws Problem precondition_failed
 */
export function versionedResponse({ value, version }: VersionedValue, preconditions?: Preconditions): ApiResponse {
  const headers = { ETag: entityTag(version), 'Cache-Control': 'private, no-cache' };
  const { ifMatch, ifNoneMatch } = preconditions ?? {};
  if (ifMatch !== undefined && !matchesTag(ifMatch, version))
    throw new Problem('precondition_failed', 'If-Match: this has changed since; read it again', { headers });
  if (ifNoneMatch !== undefined && matchesTag(ifNoneMatch, version)) return { json: '', status: 304, headers };
  return { value, headers };
}
