import * as z from 'zod';

/** CloudFormation's own prefix, which AWS refuses in tags. */
const AWS_TAG = /^aws:/i;

/** The name of the deployment, where it runs, and what the account requires. */
export const service = z
  .strictObject({
    /**
     * Prefix of every name in the account; distinguishes deployments in metrics. 2 to 24 of a-z, 0-9 and -, because
     * role names end with the region and have at most 64 characters. A stage adds its own name: `tick-store-prod`.
     */
    name: z
      .string()
      .regex(/^[a-z](?:[a-z0-9]|-(?=[a-z0-9])){1,23}$/, 'must be 2 to 24 lower-case letters, digits and single hyphens')
      .default('tick-store'),
    /** Account where it runs. 12 digits. Without it, the account of the deployer's credentials. */
    account: z
      .string()
      .regex(/^\d{12}$/, 'must be 12 digits')
      .optional(),
    /** Region where it runs, such as eu-central-1. Without it, the region of the deployer's credentials. */
    region: z
      .string()
      .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region, such as eu-central-1')
      .optional(),
    /**
     * The two zones of Aurora and the functions, such as us-east-1b. Without it, the account's first two. RDS Proxy does not
     * work in use1-az3 and usw1-az2, whose names differ from account to account.
     */
    availabilityZones: z
      .array(z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, 'must be a zone, such as us-east-1b'))
      .length(2)
      .refine(([first, second]) => first !== second, 'must be two zones')
      .optional(),
    /**
     * Tags of every resource, next to `service` and `stage`, which the stack sets. Activate them as cost allocation
     * tags in the billing console to get the bill by stage and service.
     */
    tags: z
      .record(z.string().min(1).max(128), z.string().max(256), 'must be tags by name, such as { team: "market-data" }')
      .refine((tags) => !Object.keys(tags).some((name) => AWS_TAG.test(name)), 'must not begin with aws:')
      .refine((tags) => !('service' in tags || 'stage' in tags), 'must not be service or stage, which the stack sets')
      .default({}),
    /**
     * Qualifier of the bootstrap stack that deploys it (`npx cdk bootstrap --qualifier`), if two stages in one account
     * must not be able to deploy each other. Up to 10 of a-z and 0-9. Without it, CDK's own: hnb659fds.
     */
    bootstrapQualifier: z
      .string()
      .regex(/^[a-z0-9]{1,10}$/, 'must be 1 to 10 lower-case letters and digits')
      .optional(),
    /** Name of the IAM policy to use as the permissions boundary of every role, if the account requires one. */
    permissionsBoundary: z
      .string()
      .regex(/^[\w+=,.@/-]{1,512}$/, 'must be the name of an IAM policy')
      .optional(),
  })
  .prefault({});

const subnetIds = z
  .array(z.string().regex(/^subnet-[0-9a-f]{8,17}$/, 'must be a subnet id, such as subnet-0123456789abcdef0'))
  .min(2, 'must be two subnets or more, in two zones');

/** The network of Aurora and of the functions that connect to it. Neon and your own Postgres have none. */
export const network = z
  .strictObject({
    /** Addresses of the network that the stack creates. CIDR, /16 to /20. Fixed once deployed. */
    cidr: z
      .cidrv4('must be a CIDR block, such as 10.42.0.0/16')
      .refine((block) => sizeOf(block) >= 16 && sizeOf(block) <= 20, 'must be /16 to /20')
      .default('10.42.0.0/16'),
    /** An existing network to use instead of creating one. Fixed once deployed. */
    vpc: z
      .strictObject({
        /** Such as vpc-0123456789abcdef0. */
        id: z.string().regex(/^vpc-[0-9a-f]{8,17}$/, 'must be a VPC id, such as vpc-0123456789abcdef0'),
        /** Subnets of the functions, one per zone, without a route from the internet. */
        functionSubnetIds: subnetIds,
        /** Subnets of the cluster and the proxy, one per zone, without a route from the internet. */
        databaseSubnetIds: subnetIds,
        /**
         * Whether the stack creates the endpoint of Secrets Manager that the migration uses. Set it to false if the network
         * has one already: AWS refuses a second one with private DNS.
         */
        createEndpoint: z.boolean().default(true),
      })
      .optional(),
  })
  .prefault({});

const sizeOf = (block: string): number => Number(block.slice(block.lastIndexOf('/') + 1));

/** Encryption of data at rest. */
export const encryption = z
  .strictObject({
    /**
     * `aws`: keys that AWS owns. `stack`: a customer-managed key that the stack creates and does not delete. Or the ARN
     * of your own key. It encrypts the cluster, its snapshots, statement statistics, secrets, log groups and the
     * variables of functions. Fixed once deployed: another key means a new, empty cluster.
     */
    key: z
      .string()
      .regex(
        /^(?:aws|stack|arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[0-9a-f-]+)$/,
        "must be 'aws', 'stack' or the ARN of a KMS key",
      )
      .default('aws'),
  })
  .prefault({});
