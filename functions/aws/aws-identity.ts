/** Who a function is to AWS, and where: from the variables that Lambda sets in every execution environment. */
export interface AwsIdentity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly region: string;
}

/**
 * Reads the identity anew, for Lambda may replace the credentials of an environment that lives long.
 * @throws Error naming the variable that is missing
 */
export function awsIdentity(variables: NodeJS.ProcessEnv = process.env): AwsIdentity {
  const needed = (name: string): string => {
    const value = variables[name];
    if (!value) throw new Error(`The function's environment has no ${name}, which Lambda sets.`);
    return value;
  };
  const sessionToken = variables['AWS_SESSION_TOKEN'];
  return {
    accessKeyId: needed('AWS_ACCESS_KEY_ID'),
    secretAccessKey: needed('AWS_SECRET_ACCESS_KEY'),
    region: needed('AWS_REGION'),
    ...(sessionToken ? { sessionToken } : {}),
  };
}
