import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { Problem } from '../contract/problem.ts';
import type { ApiMiddleware } from './request-state.ts';

/** What API Gateway's authorizers put into `requestContext.authorizer`: IAM's ARN, or the JWT's claims. */
interface Authorizer {
  readonly iam?: { readonly userArn?: string | null };
  readonly jwt?: { readonly claims?: Readonly<Record<string, unknown>> };
}

/**
 * Finds out who is calling.
 * @param anonymous the actor of a caller without an identity; if undefined, such a caller is rejected
 */
export function identifyCaller(anonymous: string | undefined): ApiMiddleware {
  return {
    before: ({ event, internal }) => {
      internal.actor = actorOf(event as APIGatewayProxyEventV2, anonymous);
    },
  };
}

/** @throws Problem unauthenticated */
function actorOf(event: APIGatewayProxyEventV2, anonymous: string | undefined): string {
  const { authorizer } = event.requestContext as { authorizer?: Authorizer };
  const subject = authorizer?.jwt?.claims?.['sub'];
  const actor = authorizer?.iam?.userArn ?? (typeof subject === 'string' && subject !== '' ? subject : anonymous);
  if (actor === undefined) throw new Problem('unauthenticated', 'API Gateway sent no identity');
  return actor;
}
