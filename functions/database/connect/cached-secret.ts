import { fetchSecret } from '../../aws/secrets-manager.ts';

/** How long a secret is cached. A rotation takes effect after this time, or at once after a refused login. Milliseconds. */
const SECRET_TTL_MS = 5 * 60_000;

/** A secret of Secrets Manager, cached with a time to live. */
export interface CachedSecret {
  /** @throws Error naming the secret, never its value */
  read(): Promise<string>;
  /** Makes the next `read` fetch the secret again. */
  forget(): void;
}

/** The source of secrets, and a clock. Tests replace both. */
export interface SecretSource {
  fetch(id: string): Promise<string | undefined>;
  now(): number;
}

const SECRETS_MANAGER: SecretSource = { fetch: fetchSecret, now: Date.now };

/** A secret that is fetched when first read, and again when its time to live has passed. */
export function cachedSecret(id: string, source: SecretSource = SECRETS_MANAGER): CachedSecret {
  let cached: { value: Promise<string>; at: number } | undefined;
  const fetch = async () => {
    const value = await source.fetch(id);
    if (value === undefined) throw new Error(`The secret ${id} holds no text.`);
    return value;
  };
  return {
    read: () => {
      if (cached === undefined || source.now() - cached.at >= SECRET_TTL_MS) {
        const value = fetch();
        // a failure is not cached: the next call fetches again
        value.catch(() => {
          if (cached?.value === value) cached = undefined;
        });
        cached = { value, at: source.now() };
      }
      return cached.value;
    },
    forget: () => {
      cached = undefined;
    },
  };
}
