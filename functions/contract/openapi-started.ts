import { STARTED, STARTED_UNDO } from './example-rows.ts';

/** The header of a response that was stored. */
export const REPLAYED = {
  'Idempotency-Replayed': {
    description: '`true` if this is the stored response of an earlier request.',
    schema: { type: 'string' },
  },
};

/**
 * The 202 of an operation that continues after its response.
 * @param schema of the operation
 * @param headers that every response has
 */
export const startedResponse = (schema: object, headers: object) => ({
  description: 'Started. The operation runs in steps that a schedule continues; follow it at `Location`.',
  headers: {
    ...headers,
    ...REPLAYED,
    Location: { description: 'Path of the operation.', schema: { type: 'string' } },
    'Retry-After': { description: 'Seconds to wait before asking for its status.', schema: { type: 'integer' } },
  },
  content: {
    'application/json': {
      schema,
      examples: {
        started: { summary: 'A deletion', value: STARTED },
        startedUndo: { summary: 'An undo', value: STARTED_UNDO },
      },
    },
  },
});
