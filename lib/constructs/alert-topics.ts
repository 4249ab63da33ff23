import { RemovalPolicy, SecretValue, Stack } from 'aws-cdk-lib';
import * as chatbot from 'aws-cdk-lib/aws-chatbot';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Recipients } from '../config/alerts.ts';
import type { Settings } from '../config/schema.ts';
import { SEVERITIES, type Severity } from './alarms/definition.ts';
import type { Names } from './shared/names.ts';

export interface AlertTopicsProps {
  readonly names: Names;
  readonly settings: Settings['alerts'];
  /** Takes what an HTTPS address did not accept, after an hour of attempts: a page that reached nobody. */
  readonly undelivered: sqs.IQueue;
}

const CLOUDWATCH = new iam.ServicePrincipal('cloudwatch.amazonaws.com');

/**
 * A topic for each severity, and its recipients. Both are encrypted with a key of their own, because the key that SNS
 * provides cannot be opened to CloudWatch, and an alarm that may not use the key fails to publish without any sign.
 */
export class AlertTopics extends Construct {
  readonly topics: Readonly<Record<Severity, sns.Topic>>;

  constructor(scope: Construct, id: string, { names, settings, undelivered }: AlertTopicsProps) {
    super(scope, id);
    const ofThisAccount = { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } };
    const key = new kms.Key(this, 'Key', {
      alias: names.of('alerts'),
      description: 'Encrypts alerts in transit through SNS',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    key.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'AlarmsPublish',
        principals: [CLOUDWATCH],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
        conditions: ofThisAccount,
      }),
    );
    const make = (severity: Severity) => {
      const topic = new sns.Topic(this, severity, {
        topicName: names.of(severity),
        displayName: `Tick Store ${severity}`,
        masterKey: key,
        enforceSSL: true,
      });
      topic.addToResourcePolicy(
        new iam.PolicyStatement({
          sid: 'AlarmsPublish',
          principals: [CLOUDWATCH],
          actions: ['sns:Publish'],
          resources: [topic.topicArn],
          conditions: ofThisAccount,
        }),
      );
      subscribe(topic, settings[severity], undelivered);
      return topic;
    };
    this.topics = { warning: make('warning'), critical: make('critical') };
    this.addSlack(names, settings);
  }

  /** One configuration per channel, whichever topics it gets: AWS refuses a second one for the same channel. */
  private addSlack(names: Names, settings: Settings['alerts']): void {
    const told = SEVERITIES.flatMap((severity) =>
      settings[severity].slack.map((channel) => ({ ...channel, topic: this.topics[severity] })),
    );
    for (const [channelId, entries] of Map.groupBy(told, (entry) => entry.channelId)) {
      const [first] = entries;
      if (first === undefined) continue;
      new chatbot.SlackChannelConfiguration(this, `Slack${channelId}`, {
        // a name of the account, not of a region
        slackChannelConfigurationName: names.of('slack', channelId.toLowerCase(), Stack.of(this).region),
        slackWorkspaceId: first.workspaceId,
        slackChannelId: channelId,
        notificationTopics: [...new Set(entries.map((entry) => entry.topic))],
        loggingLevel: chatbot.LoggingLevel.ERROR,
        // commands in the channel may read, and do nothing else
        guardrailPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName('CloudWatchReadOnlyAccess')],
      });
    }
  }
}

function subscribe(topic: sns.Topic, { email, https, sms }: Recipients, undelivered: sqs.IQueue): void {
  for (const address of email) topic.addSubscription(new subscriptions.EmailSubscription(address));
  for (const number of sms) topic.addSubscription(new subscriptions.SmsSubscription(number));
  for (const [index, endpoint] of https.entries()) {
    new sns.Subscription(topic, `Https${index + 1}`, {
      topic,
      protocol: sns.SubscriptionProtocol.HTTPS,
      endpoint: urlOf(endpoint),
      deadLetterQueue: undelivered,
    });
  }
}

/** `secret:NAME` stays a reference, which CloudFormation resolves. */
const urlOf = (endpoint: string): string =>
  endpoint.startsWith('secret:')
    ? SecretValue.secretsManager(endpoint.slice('secret:'.length)).unsafeUnwrap()
    : endpoint;
