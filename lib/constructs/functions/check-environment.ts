import { Token } from 'aws-cdk-lib';
import type * as z from 'zod/mini';

/** Lambda's limit for all variables of a function, including names. Bytes. */
const MOST_BYTES = 4096;
/** The assumed length of a value that is known only at deployment, such as an ARN. Bytes. */
const UNKNOWN_BYTES = 128;

/** Read by Node itself. */
const NODE_VARIABLES = ['NODE_EXTRA_CA_CERTS'];

/**
 * Checks a function's environment with the schema that the function reads it with, so that a deployment cannot create a
 * function that refuses its environment.
 * @throws Error that names each invalid variable, and each one that the function does not know
 */
export function checkEnvironment(
  entry: string,
  environment: Readonly<Record<string, string>>,
  schema: z.ZodMiniType,
  known: readonly string[],
): void {
  const faults = Object.keys(environment)
    .filter((name) => !known.includes(name) && !NODE_VARIABLES.includes(name))
    .map((name) => `${name}: no such variable`);
  const result = schema.safeParse(environment);
  for (const issue of result.error?.issues ?? []) faults.push(`${issue.path.join('.')}: ${issue.message}`);
  const bytes = Object.entries(environment).reduce((sum, [name, value]) => sum + name.length + bytesOf(value), 0);
  if (bytes > MOST_BYTES) faults.push(`${bytes} bytes in total, but Lambda accepts at most ${MOST_BYTES}`);
  if (faults.length > 0) throw new Error(`The environment of the function ${entry} is not valid: ${faults.join('; ')}`);
}

const bytesOf = (value: string) => (Token.isUnresolved(value) ? UNKNOWN_BYTES : Buffer.byteLength(value));
