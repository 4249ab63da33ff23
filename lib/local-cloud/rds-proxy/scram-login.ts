import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify(pbkdf2);

/** The client's side of one SCRAM-SHA-256 login (RFC 5802, RFC 7677), without channel binding. */
export class ScramLogin {
  readonly #password: string;
  readonly #nonce = randomBytes(18).toString('base64');
  #serverSignature: Buffer | undefined;

  constructor(password: string) {
    this.#password = password;
  }

  /** PostgreSQL takes the user's name from the startup message, and requires an empty name here. */
  get first(): string {
    return `n,,${this.#firstBare}`;
  }

  get #firstBare(): string {
    return `n=,r=${this.#nonce}`;
  }

  /** @throws Error if the server's message does not match ours */
  async final(serverFirst: string): Promise<string> {
    const { r: nonce = '', s: salt = '', i: rounds = '' } = attributesOf(serverFirst);
    if (!nonce.startsWith(this.#nonce) || nonce.length === this.#nonce.length || !/^\d{1,7}$/.test(rounds)) {
      throw new Error('the SCRAM challenge is not valid');
    }
    const salted = await derive(this.#password, Buffer.from(salt, 'base64'), Number(rounds), 32, 'sha256');
    const hmac = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest();
    const clientKey = hmac(salted, 'Client Key');
    const storedKey = createHash('sha256').update(clientKey).digest();
    const withoutProof = `c=${Buffer.from('n,,').toString('base64')},r=${nonce}`;
    const message = `${this.#firstBare},${serverFirst},${withoutProof}`;
    const signature = hmac(storedKey, message);
    const proof = clientKey.map((byte, index) => byte ^ (signature[index] ?? 0));
    this.#serverSignature = hmac(hmac(salted, 'Server Key'), message);
    return `${withoutProof},p=${Buffer.from(proof).toString('base64')}`;
  }

  /** @throws Error if the server does not know the password either */
  verify(serverFinal: string): void {
    const given = Buffer.from(attributesOf(serverFinal)['v'] ?? '', 'base64');
    const expected = this.#serverSignature;
    if (expected === undefined || given.length !== expected.length || !timingSafeEqual(given, expected)) {
      throw new Error('the server could not prove that it knows the password');
    }
  }
}

/** `r=…,s=…,i=4096`; a value may hold `=`. */
function attributesOf(message: string): Record<string, string> {
  return Object.fromEntries(message.split(',').map((part) => [part.slice(0, 1), part.slice(2)]));
}
