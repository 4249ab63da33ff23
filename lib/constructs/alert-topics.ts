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
  /** Receives pages that an HTTPS address did not accept after an hour of attempts. */
  readonly undelivered: sqs.IQueue;
}

const CLOUDWATCH = new iam.ServicePrincipal('cloudwatch.amazonaws.com');
/** The services that may publish to a topic of alarms: CloudWatch, and a budget. */
const SOURCES = [CLOUDWATCH, new iam.ServicePrincipal('budgets.amazonaws.com')];

/**
 * Two topics per severity: one that alarms publish to, and one that people subscribe to. The pager is between them. All
 * are encrypted with their own key, because the key that SNS provides cannot be opened to CloudWatch, and an alarm that
 * may not use the key silently fails to publish.
 */
export class AlertTopics extends Construct {
  /** Encrypts the messages of the topics. */
  readonly key: kms.Key;
  /** The topics that people subscribe to. */
  readonly topics: Readonly<Record<Severity, sns.Topic>>;
  /** The topics that alarms publish to, with CloudWatch's own messages. */
  readonly alarms: Readonly<Record<Severity, sns.Topic>>;

  constructor(scope: Construct, id: string, { names, settings, undelivered }: AlertTopicsProps) {
    super(scope, id);
    const ofThisAccount = { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } };
    const key = new kms.Key(this, 'Key', {
      alias: names.of('alerts'),
      description: 'Encrypts alerts in transit through SNS',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.key = key;
    key.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'AlarmsPublish',
        principals: SOURCES,
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
        conditions: ofThisAccount,
      }),
    );
    const make = (topicId: string, topicName: string, displayName: string, sources: iam.ServicePrincipal[]) => {
      const topic = new sns.Topic(this, topicId, { topicName, displayName, masterKey: key, enforceSSL: true });
      topic.addToResourcePolicy(
        new iam.PolicyStatement({
          sid: 'AlarmsPublish',
          principals: sources,
          actions: ['sns:Publish'],
          resources: [topic.topicArn],
          conditions: ofThisAccount,
        }),
      );
      return topic;
    };
    const forPeople = (severity: Severity) =>
      make(severity, names.of(severity), `Tick Store ${severity}`, [CLOUDWATCH]);
    const forAlarms = (severity: Severity) =>
      make(
        `${severity}-alarms`,
        names.of(severity, 'alarms'),
        `Tick Store ${severity} alarms, before the pager`,
        SOURCES,
      );
    this.topics = { warning: forPeople('warning'), critical: forPeople('critical') };
    this.alarms = { warning: forAlarms('warning'), critical: forAlarms('critical') };
    for (const severity of SEVERITIES) this.subscribe(severity, settings[severity], undelivered);
    this.addSlack(names, settings);
  }

  private subscribe(severity: Severity, recipients: Recipients, undelivered: sqs.IQueue): void {
    const { email, https, httpsPages, sms } = recipients;
    const topic = this.topics[severity];
    for (const address of email) topic.addSubscription(new subscriptions.EmailSubscription(address));
    for (const number of sms) topic.addSubscription(new subscriptions.SmsSubscription(number));
    post(this.alarms[severity], https, undelivered);
    post(topic, httpsPages, undelivered);
  }

  /** One configuration per channel, for all of its topics: AWS refuses a second one for the same channel. */
  private addSlack(names: Names, settings: Settings['alerts']): void {
    const told = SEVERITIES.flatMap((severity) =>
      settings[severity].slack.map((channel) => ({ ...channel, topic: this.topics[severity] })),
    );
    for (const [channelId, entries] of Map.groupBy(told, (entry) => entry.channelId)) {
      const [first] = entries;
      if (first === undefined) continue;
      new chatbot.SlackChannelConfiguration(this, `Slack${channelId}`, {
        // per account, not per region
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

function post(topic: sns.Topic, addresses: readonly string[], undelivered: sqs.IQueue): void {
  for (const [index, address] of addresses.entries()) {
    new sns.Subscription(topic, `Https${index + 1}`, {
      topic,
      protocol: sns.SubscriptionProtocol.HTTPS,
      endpoint: urlOf(address),
      deadLetterQueue: undelivered,
    });
  }
}

/** `secret:NAME` stays a reference, which CloudFormation resolves. */
const urlOf = (endpoint: string): string =>
  endpoint.startsWith('secret:')
    ? SecretValue.secretsManager(endpoint.slice('secret:'.length)).unsafeUnwrap()
    : endpoint;
