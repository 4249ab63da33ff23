import { randomUUID } from 'node:crypto';
import { type AwsService, awsFault, awsResponse } from './aws-endpoint.ts';

/** Values of secrets, by name or ARN. */
export type SecretValues = Readonly<Record<string, string>>;

/**
 * Secrets Manager's GetSecretValue, AWS JSON 1.1. Versions, stages and rotation are not emulated: a secret has one
 * value, the current one.
 */
export function secretsManager(values: SecretValues): AwsService {
  const version = randomUUID();
  return {
    signingName: 'secretsmanager',
    target: 'secretsmanager',
    respond: (target, body) => {
      if (target !== 'secretsmanager.GetSecretValue')
        return awsFault('UnknownOperationException', `${target} is not emulated`);
      const { SecretId: id } = JSON.parse(body) as { SecretId?: unknown };
      if (typeof id !== 'string' || !Object.hasOwn(values, id))
        return awsFault('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
      return awsResponse({
        ...{ ARN: id, Name: id, SecretString: values[id] },
        ...{ VersionId: version, VersionStages: ['AWSCURRENT'] },
      });
    },
  };
}
