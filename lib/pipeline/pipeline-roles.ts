import { ArnFormat, CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { acknowledge } from '../constructs/shared/nag.ts';

export interface PipelineRolesProps extends StackProps {
  /** `owner/name` on GitHub. */
  readonly repository: string;
  /**
   * The stages that are deployed to this account; each is an environment of the repository. The value is the qualifier
   * of the bootstrap stack that deploys the stage (`npx cdk bootstrap --qualifier`).
   */
  readonly stages: Readonly<Record<string, string>>;
  /** Whether the account already has GitHub's identity provider: there is one per account. */
  readonly providerExists: boolean;
}

const GITHUB = 'token.actions.githubusercontent.com';

/** The roles that CDK's bootstrap creates for a deployment, and the role that may only read. */
const DEPLOYING = ['deploy-role', 'file-publishing-role', 'lookup-role'];
const LOOKING = ['lookup-role'];

/**
 * Lets GitHub Actions deploy without a secret: GitHub signs who runs, and AWS exchanges that for a role. The role of a
 * stage can be assumed only from that environment of the repository, so its approval is the key. Pull requests get a
 * role that can compare but change nothing. No role has its own permissions: each may assume the roles of CDK's
 * bootstrap.
 */
export class PipelineRoles extends Stack {
  constructor(scope: Construct, id: string, props: PipelineRolesProps) {
    super(scope, id, props);
    const { repository, stages } = props;
    const provider = this.provider(props.providerExists);
    for (const [stage, qualifier] of Object.entries(stages))
      this.role(provider, [qualifier], {
        id: `Deploy-${stage}`,
        subject: `repo:${repository}:environment:${stage}`,
        becomes: DEPLOYING,
        description: `Deploys the stage ${stage} of Tick Store from ${repository}`,
      });
    this.role(provider, [...new Set(Object.values(stages))], {
      id: 'Diff',
      subject: `repo:${repository}:pull_request`,
      becomes: LOOKING,
      description: `Compares pull requests of ${repository} with what is deployed`,
    });
  }

  private provider(exists: boolean): iam.IOidcProvider {
    if (!exists)
      return new iam.OidcProviderNative(this, 'GitHub', { url: `https://${GITHUB}`, clientIds: ['sts.amazonaws.com'] });
    const arn = this.formatArn({ service: 'iam', region: '', resource: 'oidc-provider', resourceName: GITHUB });
    return iam.OidcProviderNative.fromOidcProviderArn(this, 'GitHub', arn);
  }

  private role(provider: iam.IOidcProvider, qualifiers: readonly string[], role: RoleProps): void {
    const made = new iam.Role(this, role.id, {
      roleName: `${this.stackName}-${role.id.toLowerCase()}`,
      description: role.description,
      maxSessionDuration: Duration.hours(2),
      assumedBy: new iam.WebIdentityPrincipal(provider.oidcProviderArn, {
        StringEquals: { [`${GITHUB}:aud`]: 'sts.amazonaws.com', [`${GITHUB}:sub`]: role.subject },
      }),
    });
    const names = qualifiers.flatMap((qualifier) => role.becomes.map((name) => `cdk-${qualifier}-${name}`));
    const resources = names.map((name) =>
      this.formatArn({
        service: 'iam',
        region: '',
        resource: 'role',
        resourceName: `${name}-${this.account}-*`,
        arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
      }),
    );
    made.addToPolicy(new iam.PolicyStatement({ actions: ['sts:AssumeRole'], resources }));
    for (const name of names)
      acknowledge(
        made,
        `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:iam::<AWS::AccountId>:role/${name}-<AWS::AccountId>-*]`,
        'The names of the bootstrap roles end with account and region, and a stage may be in any region. Those roles limit what may be done.',
      );
    new CfnOutput(this, `${role.id}RoleArn`.replaceAll('-', ''), { value: made.roleArn });
  }
}

interface RoleProps {
  readonly id: string;
  /** Who may assume it, as GitHub signs it. */
  readonly subject: string;
  readonly becomes: readonly string[];
  readonly description: string;
}
