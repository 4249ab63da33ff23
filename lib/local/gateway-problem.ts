import type { DescribeFault, GatewayFaultKind } from '@tick-store/local-cloud';
import { PROBLEMS, type ProblemCode, problemType } from '../../functions/contract/problem.ts';

const CODES: Readonly<Record<GatewayFaultKind, ProblemCode>> = {
  'malformed-path': 'malformed_url',
  'malformed-request': 'malformed_request',
  'route-not-found': 'route_not_found',
  'request-timeout': 'request_timeout',
  'body-too-large': 'body_too_large',
  'headers-too-large': 'headers_too_large',
  'expectation-failed': 'expectation_failed',
  'function-error': 'internal_error',
  'too-many-requests': 'too_many_requests',
  'function-timeout': 'function_timeout',
};

/** The local gateway's own errors are problem documents (RFC 9457), like the functions' errors. */
export const gatewayProblem: DescribeFault = ({ kind, detail }, { requestId, path }) => {
  const code = CODES[kind];
  const { status, category, title } = PROBLEMS[code];
  const instance = encodeURI(path.toWellFormed()).replace(/%25([0-9a-f]{2})/gi, '%$1');
  const document = { type: problemType(code), title, status, detail, instance, code, category, requestId, errors: [] };
  return { contentType: 'application/problem+json', body: JSON.stringify(document) };
};
