import aws4 from 'aws4';
import { describe, expect, test } from 'vitest';
import { bearer, createClient, sigV4 } from '../../lib/client/index.ts';

const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const URL_OF_API = 'https://abc.execute-api.eu-west-1.amazonaws.com';

/** A client whose requests are kept and not sent. */
function keeping(auth: Parameters<typeof createClient>[0]['auth']) {
  const sent: { url: URL; method: string; headers: Headers; body: unknown }[] = [];
  const fetch = async (url: string, init: RequestInit) => {
    sent.push({ url: new URL(url), method: init.method ?? '', headers: new Headers(init.headers), body: init.body });
    return new Response('{}', { headers: { 'content-type': 'application/json' } });
  };
  return { sent, client: createClient({ url: URL_OF_API, auth, fetch: fetch as typeof globalThis.fetch }) };
}

/** The signature that another implementation makes of the same request at the same time. */
function otherSignature({
  url,
  method,
  headers,
  body,
}: ReturnType<typeof keeping>['sent'][number]): string | undefined {
  const signed =
    headers
      .get('authorization')
      ?.match(/SignedHeaders=([^,]+)/)?.[1]
      ?.split(';') ?? [];
  const extra = Object.fromEntries(
    signed.filter((name) => name !== 'host').map((name) => [name, headers.get(name) ?? '']),
  );
  const request = {
    ...{ host: url.host, path: url.pathname + url.search, method, service: 'execute-api', region: 'eu-west-1' },
    headers: extra,
    ...(body === undefined ? {} : { body: Buffer.from(body as Uint8Array) }),
    extraHeadersToIgnore: { 'content-length': true, 'content-type': !signed.includes('content-type') },
  };
  const result = aws4.sign(request as Parameters<typeof aws4.sign>[0], CREDENTIALS);
  return String(result.headers?.['Authorization']).match(/Signature=([0-9a-f]+)/)?.[1];
}

describe('Signature Version 4', () => {
  const credentials = async () => ({ ...CREDENTIALS });
  test.each([
    ['a query with spaces, a plus and other scripts', { query: { symbol: "BRK.A B+ü/'(*)" } }],
    ['a comma', { query: { symbol: 'A', start: '2026-01-01T00:00:00+01:00' } }],
  ])('of %s is the same as that of another implementation', async (_what, args) => {
    const { sent, client } = keeping(sigV4({ region: 'eu-west-1', credentials }));
    await client.call('listMarketData', args);
    const [request] = sent;
    const signature = request?.headers.get('authorization')?.match(/Signature=([0-9a-f]+)/)?.[1];
    expect(signature).toMatch(/^[0-9a-f]{64}$/);
    expect(request && otherSignature(request)).toBe(signature);
  });

  test('covers the body, and is made for each call', async () => {
    const { sent, client } = keeping(
      sigV4({ region: 'eu-west-1', credentials: { ...CREDENTIALS, sessionToken: 'T' } }),
    );
    for (const content of ['a', 'b'])
      await client.call('ingestMarketData', {
        raw: { content: Buffer.from(content) as Uint8Array<ArrayBuffer>, type: 'text/csv' },
      });
    const [first, second] = sent.map(({ headers }) => headers.get('authorization')?.match(/Signature=(.*)$/)?.[1]);
    expect(first).not.toBe(second);
    expect(sent[0]?.headers.get('x-amz-security-token')).toBe('T');
    expect(sent[0]?.headers.get('idempotency-key')).toMatch(/./);
  });
});

test('a bearer token is requested before every attempt', async () => {
  let asked = 0;
  const { sent, client } = keeping(bearer(() => `token-${++asked}`));
  await client.call('getConfig', {});
  await client.call('getConfig', {});
  expect(sent.map(({ headers }) => headers.get('authorization'))).toEqual(['Bearer token-1', 'Bearer token-2']);
});
