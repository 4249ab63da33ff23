import { AwsError, callAws } from './call-aws.ts';

/**
 * Reads a secret's text.
 * @returns undefined if the secret holds bytes
 * @throws Error naming the secret and the service's error code, never a value
 */
export async function fetchSecret(id: string): Promise<string | undefined> {
  try {
    const text = await callAws({
      service: 'secretsmanager',
      operation: 'secretsmanager GetSecretValue',
      headers: { 'Content-Type': 'application/x-amz-json-1.1', 'X-Amz-Target': 'secretsmanager.GetSecretValue' },
      body: JSON.stringify({ SecretId: id }),
    });
    return secretIn(text);
  } catch (cause) {
    if (!(cause instanceof AwsError)) throw cause;
    const why = cause.status === undefined ? cause.code : `${cause.code} (HTTP status ${cause.status})`;
    throw new Error(`The secret ${id} cannot be read: ${why}`, { cause });
  }
}

/** A parser's error would quote the text. */
function secretIn(text: string): string | undefined {
  try {
    return (JSON.parse(text) as { SecretString?: string }).SecretString;
  } catch {
    return undefined;
  }
}
