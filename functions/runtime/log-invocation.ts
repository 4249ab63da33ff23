import type { MiddlewareObj } from '@middy/core';
import { describeError } from './describe-error.ts';
import type { InvocationLogger } from './logger.ts';

/** Joins every line to its invocation, and logs an error that ends one. For functions that a schedule or a deployment runs. */
export function logInvocation<Event = unknown, Result = unknown>(
  logger: InvocationLogger,
): MiddlewareObj<Event, Result, Error> {
  return {
    before: ({ context }) => logger.startInvocation(context),
    onError: ({ error }) => logger.error('invocation failed', { error: describeError(error) }),
  };
}
