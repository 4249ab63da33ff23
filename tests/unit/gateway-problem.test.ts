import type { GatewayFaultKind } from '@tick-store/local-cloud';
import { expect, test } from 'vitest';
import { gatewayProblem } from '../../lib/local/gateway-problem.ts';

const fault = (kind: GatewayFaultKind, status: number) => ({ kind, status, message: '', detail: 'Why.' });

test('the local gateway’s own responses are problem documents of the contract', () => {
  const request = { requestId: 'mine', path: '/v1/ech%20o é' };
  const { contentType, body } = gatewayProblem(fault('route-not-found', 404), request);
  expect(contentType).toBe('application/problem+json');
  expect(JSON.parse(body)).toEqual({
    type: 'urn:tick-store:problem:route_not_found',
    title: 'Route not found',
    status: 404,
    detail: 'Why.',
    instance: '/v1/ech%20o%20%C3%A9',
    code: 'route_not_found',
    category: 'validation',
    requestId: 'mine',
    errors: [],
  });
});

test.each<[GatewayFaultKind, number, string]>([
  ['malformed-path', 400, 'malformed_url'],
  ['malformed-request', 400, 'malformed_request'],
  ['request-timeout', 408, 'request_timeout'],
  ['body-too-large', 413, 'body_too_large'],
  ['headers-too-large', 431, 'headers_too_large'],
  ['expectation-failed', 417, 'expectation_failed'],
  ['function-error', 500, 'internal_error'],
  ['too-many-requests', 429, 'too_many_requests'],
  ['function-timeout', 504, 'function_timeout'],
])('%s is a %d %s', (kind, status, code) => {
  const { body } = gatewayProblem(fault(kind, status), { requestId: 'mine', path: '/' });
  expect(JSON.parse(body)).toMatchObject({ status, code });
});
