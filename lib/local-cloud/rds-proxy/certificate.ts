/** The certificate of the local cloud's TLS listeners. PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** The only host name of local endpoints with TLS. */
export const TLS_HOST = 'localhost';

const LIFETIME_MS = 365 * 24 * 60 * 60 * 1000;

/**
 * A self-signed certificate for `localhost`, generated at each start (2 ms). Its key never leaves this process. It
 * replaces the certificates of RDS.
 */
export async function makeCertificate(): Promise<Certificate> {
  // imported only here: loading it takes 0.1 s, which the rest of this package need not wait for
  const { generate } = await import('selfsigned');
  const made = await generate([{ name: 'commonName', value: TLS_HOST }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - 60_000),
    notAfterDate: new Date(Date.now() + LIFETIME_MS),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: TLS_HOST }] },
    ],
  });
  return { certificate: made.cert, key: made.private };
}
