import * as z from 'zod';

export const api = z
  .strictObject({
    /** Who may call: `iam`: requests signed with SigV4. `jwt`: requests with a token of `jwt.issuer`. `none`: anyone. */
    authorization: z.enum(['iam', 'jwt', 'none']).default('iam'),
    /** With `jwt`: whose tokens, and for whom. */
    jwt: z
      .strictObject({
        issuer: z.url({ protocol: /^https$/, error: 'must be an https:// URL' }),
        audience: z.array(z.string().min(1)).min(1),
      })
      .optional(),
    /** Must be true with `authorization: 'none'`, because anyone who finds the URL can read, write and delete. */
    openToAnyone: z.boolean().default(false),
    /** Requests per second, sustained, for the whole API. Count, 1 to 10,000. Above it clients get 429. */
    requestsPerSecond: z.int().min(1).max(10_000).default(200),
    /** Requests at once above the rate. Count, 1 to 5,000. */
    burst: z.int().min(1).max(5000).default(400),
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
