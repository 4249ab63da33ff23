import { Problem } from './problem.ts';

/** `*`, or the states that entity tags name. */
export type EntityTags = '*' | readonly string[];

/** What a request says of the state that it reads or changes (RFC 9110, 13.1). */
export interface Preconditions {
  /** `If-Match`: the state is one of these, or there is any. */
  readonly ifMatch: EntityTags | undefined;
  /** `If-None-Match`: the state is none of these, or there is none. */
  readonly ifNoneMatch: EntityTags | undefined;
}

/** The `ETag` of a state. */
export const entityTag = (version: string): string => `"${version}"`;

const LIST = /^\s*(?:W\/)?"[\x21\x23-\x7e]*"(?:\s*,\s*(?:W\/)?"[\x21\x23-\x7e]*")*\s*$/;

/**
 * The entity tags of a header. A weak one counts as the strong one that a proxy has made it of.
 * @throws Problem invalid_request
 */
export function readEntityTags(
  header: 'If-Match' | 'If-None-Match',
  value: string | undefined,
): EntityTags | undefined {
  if (value === undefined) return undefined;
  if (value.trim() === '*') return '*';
  if (LIST.test(value)) return [...value.matchAll(/"([^"]*)"/g)].map(([, tag = '']) => tag);
  const message =
    'must be * or the ETag of a response with its quotation marks, such as "5f0c1c3e-3f0d-4f6a-9d8f-0e4d7f6b2a11"';
  throw new Problem('invalid_request', `${header} ${message}`, {
    errors: [{ path: header, code: 'invalid_format', message }],
  });
}

/** Whether one of the tags names this state. */
export const matchesTag = (tags: EntityTags, version: string): boolean => tags === '*' || tags.includes(version);
