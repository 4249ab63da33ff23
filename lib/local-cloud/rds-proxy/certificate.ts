/** What a TLS listener of the local cloud shows. PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** The one name that local endpoints with TLS have. */
export const TLS_HOST = 'localhost';

const LIFETIME_MS = 365 * 24 * 60 * 60 * 1000;

/**
 * A certificate for `localhost` that is its own authority, made anew at each start (2 ms); its key never leaves this
 * process. It stands in for the certificates of RDS.
 */
export async function makeCertificate(): Promise<Certificate> {
  // loaded here alone: it takes 0.1 s, which nothing else of this package has to wait for
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
