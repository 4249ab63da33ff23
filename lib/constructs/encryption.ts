import { ArnFormat, Aspects, type IAspect, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct, type IConstruct } from 'constructs';
import type { Settings } from '../config/schema.ts';
import type { Names } from './shared/names.ts';

export interface EncryptionProps {
  readonly names: Names;
  readonly settings: Settings['encryption'];
}

/**
 * Encrypts what the stack stores with a customer-managed key: the cluster with its snapshots and statement statistics,
 * secrets, log groups, and variables of functions. The alert topics have their own customer-managed key. The queues of
 * failed runs and pages keep the key that SQS manages, because every AWS service that writes there would need the right
 * to use another.
 */
export class Encryption extends Construct {
  constructor(scope: Construct, id: string, { names, settings }: EncryptionProps) {
    super(scope, id);
    if (settings.key === 'aws') return;
    const key = settings.key === 'stack' ? createKey(this, names) : kms.Key.fromKeyArn(this, 'Key', settings.key);
    Aspects.of(Stack.of(this)).add(new EncryptWith(key));
  }
}

function createKey(scope: Construct, names: Names): kms.Key {
  const stack = Stack.of(scope);
  const key = new kms.Key(scope, 'Key', {
    alias: names.of('data'),
    description: 'Encrypts what Tick Store stores',
    enableKeyRotation: true,
    // snapshots and logs outlive the stack, and cannot be read without the key
    removalPolicy: RemovalPolicy.RETAIN,
  });
  key.addToResourcePolicy(
    new iam.PolicyStatement({
      sid: 'LogGroups',
      principals: [new iam.ServicePrincipal(`logs.${stack.region}.amazonaws.com`)],
      actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
      resources: ['*'],
      conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': logGroupsOf(stack) } },
    }),
  );
  return key;
}

const logGroupsOf = (stack: Stack): string =>
  stack.formatArn({
    service: 'logs',
    resource: 'log-group',
    resourceName: '*',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });

/** Sets the key on every resource that stores something, wherever it is created. */
class EncryptWith implements IAspect {
  readonly #key: kms.IKey;

  constructor(key: kms.IKey) {
    this.#key = key;
  }

  visit(node: IConstruct): void {
    const { keyArn } = this.#key;
    if (node instanceof logs.CfnLogGroup || node instanceof secretsmanager.CfnSecret) node.kmsKeyId = keyArn;
    if (node instanceof rds.CfnDBInstance) node.performanceInsightsKmsKeyId = keyArn;
    if (node instanceof rds.CfnDBCluster) {
      node.kmsKeyId = keyArn;
      node.performanceInsightsKmsKeyId = keyArn;
      node.masterUserSecret = { kmsKeyId: keyArn };
    }
    if (node instanceof lambda.CfnFunction) node.kmsKeyArn = keyArn;
    // for its variables, and for the secrets that it reads
    if (node instanceof lambda.Function) this.#key.grantDecrypt(node);
  }
}
