import { randomUUID } from 'node:crypto';
import { AwsError, type AwsService } from './aws-endpoint.ts';

/** A secret's value, by its name or ARN. */
export type SecretValues = Readonly<Record<string, string>>;

/**
 * Secrets Manager's GetSecretValue. Versions, stages and rotation are not imitated: there is one value, the current.
 * @param values looked up at each call, so that they may change
 */
export function secretsManager(values: () => SecretValues): AwsService {
  const version = randomUUID();
  return {
    signingName: 'secretsmanager',
    operations: {
      'secretsmanager.GetSecretValue': ({ SecretId: id }) => {
        const all = values();
        const value = typeof id === 'string' && Object.hasOwn(all, id) ? all[id] : undefined;
        if (value === undefined)
          throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
        return { ARN: id, Name: id, SecretString: value, VersionId: version, VersionStages: ['AWSCURRENT'] };
      },
    },
  };
}
