import * as z from 'zod/mini';
import { checkValue, listErrors } from '../../contract/check-value.ts';

const url = z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// URL' });

/**
 * The secret that a deployer writes for the backends `neon` and `postgres`. `pooledUrl` logs in as tick_store_app through
 * the pooler. `directUrl` logs in as the schema's owner, directly to Postgres, and serves migrations only.
 */
const connectionUrls = z.object({ pooledUrl: url, directUrl: url });
/** See `connectionUrls`. */
export type ConnectionUrls = z.output<typeof connectionUrls>;

/** The secret that RDS keeps for a cluster's owner and rotates. */
const login = z.object({ username: z.string().check(z.minLength(1)), password: z.string().check(z.minLength(1)) });
/** See `login`. */
export type Login = z.output<typeof login>;

/**
 * Reads the URLs in a secret's text.
 * @throws Error naming the secret and its wrong fields
 */
export const readConnectionUrls = (text: string, id: string): ConnectionUrls => read(connectionUrls, text, id);
/**
 * Reads the login in a secret's text.
 * @throws Error naming the secret and its wrong fields
 */
export const readLogin = (text: string, id: string): Login => read(login, text, id);

/** @throws Error naming the secret and its invalid fields, never a value */
function read<S extends z.ZodMiniType>(schema: S, text: string, id: string): z.output<S> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // without the cause: a JSON error quotes the text
    throw new Error(`The secret ${id} is not JSON.`);
  }
  const checked = checkValue(schema, value);
  if ('value' in checked) return checked.value;
  const faults = listErrors(checked.errors);
  throw new Error(`The secret ${id} does not have the form that docs/deploy.md describes: ${faults}`);
}
