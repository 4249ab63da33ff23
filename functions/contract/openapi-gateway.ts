import type { Json } from './openapi-schemas.ts';

/** Statuses that API Gateway also gives by itself, in its own form. */
const GATEWAY_STATUSES: ReadonlySet<number> = new Set([413, 429, 500, 503, 504]);

/** The schema of what API Gateway itself responds. */
export const GATEWAY_MESSAGE: Json = {
  type: 'object',
  required: ['message'],
  properties: { message: { type: 'string', examples: ['Forbidden', 'Too Many Requests', 'Service Unavailable'] } },
  description: 'A response of API Gateway itself, in front of the service.',
};
const REFERENCE: Json = { $ref: '#/components/schemas/GatewayMessage' };

/**
 * What comes as plain JSON with a status, next to problem documents: API Gateway's message, the route's own response, or
 * either.
 */
export function gatewayJson(status: number, own: Json | undefined): Json {
  const schemas = [...(own ? [own] : []), ...(GATEWAY_STATUSES.has(status) ? [REFERENCE] : [])];
  if (schemas.length === 0) return {};
  return { 'application/json': { schema: schemas.length === 1 ? schemas[0] : { anyOf: schemas } } };
}

/** A status that API Gateway alone gives. */
export const gatewayOnly = (description: string): Json => ({
  description,
  content: {
    'application/json': {
      schema: REFERENCE,
      examples: { forbidden: { summary: 'Not authorised', value: { message: 'Forbidden' } } },
    },
  },
});
