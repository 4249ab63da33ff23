import * as z from 'zod';
import { endpoints } from '../../functions/contract/endpoints.ts';
import { nearestOf } from '../../functions/contract/nearest.ts';
import { routeKey } from '../../functions/contract/route.ts';

/** What can have scopes: each function of the API, and each route. */
const SCOPED: readonly string[] = [
  ...new Set(Object.values(endpoints).flatMap((endpoint) => [endpoint.function as string, routeKey(endpoint)])),
];

/** The HTTP API: who may call, how often, from where. */
export const api = z
  .strictObject({
    /** Who may call: `iam`: requests signed with SigV4. `jwt`: requests with a token of `jwt.issuer`. `none`: anyone. */
    authorization: z.enum(['iam', 'jwt', 'none']).default('iam'),
    /** With `jwt`: whose tokens, and for whom. */
    jwt: z
      .strictObject({
        /** Who signs the tokens: their `iss`. */
        issuer: z.url({ protocol: /^https$/, error: 'must be an https:// URL' }),
        /** Whom the tokens are for: their `aud` or `client_id`. */
        audience: z.array(z.string().min(1)).min(1),
        /**
         * Scopes by function (`read`, `ingest`, `delete`, …) or by route (`POST /v1/market-data/deletions`). A token
         * must have one of them. A route's scopes override its function's. Without any, every token may call.
         */
        scopes: z
          .record(
            z.string(),
            z
              .array(z.string().regex(/^[\x21-\x7e]{1,64}$/, 'must be a scope without spaces'))
              .min(1)
              .max(10),
          )
          .superRefine((scopes, context) => {
            for (const key of Object.keys(scopes))
              if (!SCOPED.includes(key))
                context.addIssue({
                  code: 'custom',
                  path: [key],
                  message: `no such function or route; the nearest is ${nearestOf(key, SCOPED)}`,
                });
          })
          .default({}),
      })
      .optional(),
    /** Must be true with `authorization: 'none'`, because anyone who finds the URL can read, write and delete. */
    openToAnyone: z.boolean().default(false),
    /** Requests per second, sustained, for the whole API. Count, 1 to 10,000. Above it clients get 429. */
    requestsPerSecond: z.int().min(1).max(10_000).default(200),
    /** Requests at once above the rate. Count, 1 to 5,000. */
    burst: z.int().min(1).max(5000).default(400),
    /** A custom domain for the API. Without one, API Gateway assigns an address. */
    domain: z
      .strictObject({
        /** Such as ticks.example.com. */
        name: z
          .string()
          .regex(
            /^(?=.{4,253}$)([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/,
            'must be a host name in lower case',
          ),
        /** Certificate for it, in AWS Certificate Manager in the same region. */
        certificateArn: z
          .string()
          .regex(/^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[0-9a-f-]+$/, 'must be the ARN of a certificate'),
        /** Route 53 zone in which the stack creates the name. Without it, you create a CNAME to the output ApiDomainTarget. */
        hostedZoneId: z
          .string()
          .regex(/^Z[A-Z0-9]{1,31}$/, 'must be a hosted zone id, such as Z0123456789ABC')
          .optional(),
      })
      .optional(),
    /** Web pages that may call from a browser, such as https://trade.example.com. Without any, CORS is off. */
    corsOrigins: z.array(z.url({ protocol: /^https?$/ })).default([]),
  })
  .superRefine((value, context) => {
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (value.authorization === 'jwt' && value.jwt === undefined)
      refuse('jwt', "is required with authorization: 'jwt'");
    if (value.authorization !== 'jwt' && value.jwt !== undefined) refuse('jwt', "is only for authorization: 'jwt'");
    if (value.authorization === 'none' && !value.openToAnyone)
      refuse('authorization', "'none' lets anyone write and delete: set openToAnyone: true too, if you mean it");
    if (value.authorization !== 'none' && value.openToAnyone)
      refuse('openToAnyone', "is only for authorization: 'none'");
  })
  .prefault({});
