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

/** An assumed role's ARN also names the session, which changes when a client restarts. */
const ASSUMED_ROLE = /^(arn:aws[a-z-]*):sts::(\d+):assumed-role\/([^/]+)\/.*$/;

/**
 * The stable part of a caller's identity, which idempotency keys belong to: an IAM role without its session (permission
 * sets of IAM Identity Center are roles too), an IAM user, or a JWT's subject.
 */
export const keyScopeOf = (actor: string): string => actor.replace(ASSUMED_ROLE, '$1:iam::$2:role/$3');
