import { PER_VERSION } from '../../../functions/metrics/metric-catalogue.ts';
import type { Settings } from '../../config/schema.ts';
import { auroraSubjects } from './aurora.ts';
import type { AlarmSubject, MetricSignal, Watched } from './definition.ts';
import { FIVE_MINUTES, limitsOf, MINUTES, SLOW } from './limits.ts';
import { DEPLOYMENTS } from './shared-advice.ts';
import { lambdaMetric, ours, sumOf } from './signals.ts';

const RECEIVE = (queue: string) =>
  `\`aws sqs receive-message --queue-url $(aws sqs get-queue-url --queue-name tick-store-${queue} --output text) --max-number-of-messages 10\``;
const PURGE = (queue: string) =>
  `\`aws sqs purge-queue --queue-url $(aws sqs get-queue-url --queue-name tick-store-${queue} --output text)\``;

/** The alarm that makes CodeDeploy roll a deployment back. */
export const ROLLBACK = 'release-failing';

/** Subjects about the platform, and about the pager itself. */
export function platformSubjects(settings: Settings, watched: Watched): AlarmSubject[] {
  const { database } = settings;
  const { clusterId } = watched;
  return [
    undeliveredPages(settings, watched),
    ...(settings.alerts.critical.sms.length + settings.alerts.warning.sms.length > 0 ? [smsLimit(settings)] : []),
    releaseFailing(settings, watched),
    functionErrors(settings, watched),
    deadLetters(settings, watched),
    transactionIds(settings, watched),
    deadRows(settings, watched),
    ...(database.kind === 'postgres' ? [replicaLag(settings, watched)] : []),
    ...(clusterId !== undefined && database.kind === 'aurora' ? auroraSubjects(settings, database, clusterId) : []),
  ];
}

const queueLength = (QueueName: string, state: 'Visible' | 'NotVisible' | 'Delayed' = 'Visible'): MetricSignal => ({
  namespace: 'AWS/SQS',
  name: `ApproximateNumberOfMessages${state}`,
  statistic: 'Maximum',
  dimensions: { QueueName },
});

/**
 * All messages in a queue that a function polls. They are seldom visible, because they are received at once and hidden
 * until the next attempt.
 */
const everythingIn = (queue: string): MetricSignal[] => [
  queueLength(queue),
  queueLength(queue, 'NotVisible'),
  queueLength(queue, 'Delayed'),
];

/** One is enough: someone who should have been paged was not, and there may be no second. */
const ONE_MINUTE = { periodSeconds: 60, datapoints: 1, periods: 10 };

/** Everything between an alarm and its reader. Its message also bypasses the pager, which may be what failed. */
function undeliveredPages(settings: Settings, watched: Watched): AlarmSubject {
  const { undeliveredQueue, refusedQueue, pageTopics, pager: FunctionName } = watched;
  const failed = pageTopics.map(
    (TopicName): MetricSignal => ({
      namespace: 'AWS/SNS',
      name: 'NumberOfNotificationsFailed',
      statistic: 'Sum',
      dimensions: { TopicName },
    }),
  );
  const ofPager = (name: string): MetricSignal => ({
    namespace: 'AWS/Lambda',
    name,
    statistic: 'Sum',
    dimensions: { FunctionName },
  });
  return {
    id: 'undelivered-pages',
    family: 'platform',
    title: 'Pages not delivered',
    affects: 'You: a recipient did not get a page. Other recipients did.',
    unit: 'pages',
    signal: sumOf([
      queueLength(undeliveredQueue),
      ...(refusedQueue === undefined ? [] : everythingIn(refusedQueue)),
      ...failed,
      ofPager('Errors'),
      ofPager('AsyncEventsDropped'),
      ofPager('DestinationDeliveryFailures'),
    ]),
    ...limitsOf(settings, 'undeliveredPages', { warning: ONE_MINUTE, critical: ONE_MINUTE }),
    missing: 'notBreaching',
    isSentDirectly: true,
    advice: {
      meaning:
        'A recipient (PagerDuty, an HTTPS address, a phone) did not accept a page, or the function that sends pages failed.',
      first: 'Check which alarms are in ALARM and act on them. Then find out who refused a page, and why.',
      recovered:
        'ApproximateNumberOfMessagesVisible of both queues is 0. Pages that PagerDuty has refused leave their queue by themselves, within six minutes after PagerDuty accepts events again. The other queue is empty after the purge. Purge it only after you have read it',
      look: [
        '`aws cloudwatch describe-alarms --state-value ALARM --alarm-name-prefix tick-store --query "MetricAlarms[].[AlarmName,StateReason]"` shows alarms that may have paged nobody',
        '`aws logs tail /aws/lambda/tick-store-send-pages --since 30m --filter-pattern ERROR` says which recipient refused a page, and how: a status of 500 and above is a fault on their side ([status.pagerduty.com](https://status.pagerduty.com)), 400 means a wrong routing key',
        'Pages that PagerDuty has refused are in `tick-store-refused-pages`. They are retried every six minutes for 12 hours. Leave them there',
        `${RECEIVE('undelivered-pages')} shows the pages that are not retried, with their \`reason\``,
        '`aws sns list-subscriptions --query "Subscriptions[].[Protocol,Endpoint,SubscriptionArn]"` must show no PendingConfirmation',
        `Then, if that queue had messages, ${PURGE('undelivered-pages')}, so that the alarm returns to OK`,
      ],
    },
  };
}

/** At its monthly limit SNS drops text messages, without any event on their topic. The metric is per account. */
function smsLimit({ alerts }: Settings): AlarmSubject {
  return {
    id: 'sms-limit',
    family: 'platform',
    title: 'Text messages near their limit',
    affects: 'People who are paged only by text message: they will not be paged.',
    unit: 'USD this month',
    signal: { namespace: 'AWS/SNS', name: 'SMSMonthToDateSpentUSD', statistic: 'Maximum', dimensions: {} },
    limits: {
      critical: { comparison: 'at-least', value: 0.9 * alerts.smsLimitUsd, timing: FIVE_MINUTES.critical },
    },
    missing: 'notBreaching',
    advice: {
      meaning: "This month's text messages have cost 90 % of the limit at which SNS stops sending them.",
      first: 'Ask AWS for a higher limit. Until then, page by other means.',
      recovered:
        'SMSMonthToDateSpentUSD is below the limit: once AWS has raised it and alerts.smsLimitUsd has the new value, or with the next month. `aws sns get-sms-attributes --attributes MonthlySpendLimit` shows the limit in force',
      look: [
        '`aws sns get-sms-attributes --attributes MonthlySpendLimit`',
        'alerts.smsLimitUsd in infra.config.ts must say the same as the account',
        'Which alarms paged so often: `aws cloudwatch describe-alarm-history --history-item-type Action --max-records 50`',
      ],
    },
  };
}

/** Only the newest version counts: failures of the version before it roll no deployment back. */
function releaseFailing(settings: Settings, { service, functions }: Watched): AlarmSubject {
  const [name] = PER_VERSION.metrics;
  const failed = functions
    .filter(({ isApi }) => isApi)
    .map(
      ({ entry, version }): MetricSignal => ({
        namespace: 'TickStore',
        name,
        statistic: 'Sum',
        dimensions: { Service: service, Function: entry, Version: version },
      }),
    );
  return {
    id: ROLLBACK,
    family: 'platform',
    title: 'A new release fails',
    affects: 'The clients that reach the new version.',
    unit: 'requests per minute',
    signal: sumOf(failed),
    ...limitsOf(settings, 'releaseFailures', { warning: RELEASE, critical: RELEASE }),
    missing: 'notBreaching',
    isForRollback: true,
    advice: {
      meaning:
        'The version that is being deployed returns 500, so CodeDeploy rolls it back. This alarm pages nobody by itself.',
      first: 'Read the errors of the new version. The deployment has already been rolled back.',
      recovered:
        'No version in service has failed requests. `aws deploy list-deployments --application-name tick-store` shows the deployment as stopped. The previous version has handled all requests since then',
      look: [
        DEPLOYMENTS,
        '`aws logs tail /aws/lambda/tick-store-ingest --since 30m --filter-pattern ERROR`',
        'The change that was deployed',
      ],
    },
  };
}

/** One bad minute is enough, because a canary gets only a tenth of the requests. */
const RELEASE = { periodSeconds: 60, datapoints: 1, periods: 3 };

function functionErrors(settings: Settings, watched: Watched): AlarmSubject {
  return {
    id: 'function-errors',
    family: 'platform',
    title: 'Functions crash',
    affects: 'The clients whose requests were cut off. Scheduled runs are retried.',
    unit: 'errors in 5 minutes',
    signal: sumOf(watched.functions.map((one) => lambdaMetric('Errors', 'Sum', one))),
    ...limitsOf(settings, 'functionErrors', FIVE_MINUTES),
    missing: 'notBreaching',
    advice: {
      meaning: 'Invocations crashed or timed out. Error responses of the service itself are not counted.',
      first: 'Read the error in the log. If it began with a deployment, roll that back.',
      recovered:
        'Errors is 0 in every function: the command above shows no new error. A failed scheduled run is retried automatically',
      look: [
        'The graph "Functions: errors" of the dashboard shows which function',
        '`aws logs tail /aws/lambda/tick-store-ingest --since 15m --filter-pattern ERROR`',
        DEPLOYMENTS,
      ],
    },
  };
}

function deadLetters(settings: Settings, { deadLetterQueue, scheduleGroup, functions }: Watched): AlarmSubject {
  const dropped: MetricSignal = {
    namespace: 'AWS/Scheduler',
    name: 'InvocationDroppedCount',
    statistic: 'Sum',
    dimensions: { ScheduleGroup: scheduleGroup },
  };
  const lost = functions.filter(({ isApi }) => !isApi).map((one) => lambdaMetric('AsyncEventsDropped', 'Sum', one));
  return {
    id: 'dead-letters',
    family: 'platform',
    title: 'Scheduled runs failed',
    affects: 'Nobody at once. Partitions are not created, or samples are missing.',
    unit: 'runs',
    signal: sumOf([queueLength(deadLetterQueue), dropped, ...lost]),
    ...limitsOf(settings, 'deadLetters', FIVE_MINUTES),
    missing: 'notBreaching',
    advice: {
      meaning:
        'A scheduled run failed in every attempt, could not be started, or was dropped by EventBridge Scheduler or Lambda.',
      first: 'Read the message in the queue: it contains the event and the reason. A dropped run leaves no message.',
      recovered:
        'ApproximateNumberOfMessagesVisible of the queue is 0 after the purge, and you have run it again by hand',
      look: [
        RECEIVE('dead-letters'),
        '`aws scheduler list-schedules --group-name tick-store --query "Schedules[].[Name,State]"` must say ENABLED',
        'Run it again by hand, once it is fixed: `aws lambda invoke --function-name tick-store-maintain-partitions:live --cli-read-timeout 900 /dev/stdout`',
        `Then ${PURGE('dead-letters')}, so that the alarm returns to OK`,
      ],
    },
  };
}

function transactionIds(settings: Settings, watched: Watched): AlarmSubject {
  return {
    id: 'transaction-id-age',
    family: 'platform',
    title: 'Transaction ids run out',
    affects: 'Nobody yet. When the share reaches 1, Postgres refuses writes.',
    unit: 'share of 2^31',
    signal: ours('XidAgeRatio', 'Maximum', watched),
    ...limitsOf(settings, 'xidAgeRatio', SLOW),
    missing: 'notBreaching',
    advice: {
      meaning: 'Transaction ids are used faster than vacuum frees them.',
      first: 'Find what blocks vacuum: a transaction, a replication slot, or a prepared transaction.',
      recovered:
        'XidAgeRatio falls: the first query above shows a lower age after each vacuum (freeze). On a large table that takes hours, and the alarm stays in ALARM until then',
      look: [
        '`select datname, age(datfrozenxid) from pg_database order by 2 desc`',
        '`select slot_name, active, age(xmin), age(catalog_xmin) from pg_replication_slots`; `select * from pg_prepared_xacts`',
        '`vacuum (freeze, verbose) tick_store.<oldest table>` as the owner',
      ],
    },
  };
}

function deadRows(settings: Settings, watched: Watched): AlarmSubject {
  return {
    id: 'dead-tuples',
    family: 'platform',
    title: 'Vacuum does not keep up',
    affects: 'Clients that read: reads become slower, because they skip dead rows.',
    unit: 'share of the worst table',
    signal: ours('DeadTupleRatio', 'Maximum', watched),
    ...limitsOf(settings, 'deadTupleRatio', SLOW, { only: 'warning' }),
    missing: 'notBreaching',
    advice: {
      meaning: 'A table contains many dead rows.',
      first: 'Check whether a long transaction blocks vacuum. If not, run vacuum.',
      recovered:
        'DeadTupleRatio is below the limit: the first query above shows few dead rows and a new last_autovacuum. A vacuum of a month takes minutes',
      look: [
        '`select relname, n_live_tup, n_dead_tup, last_autovacuum from pg_stat_user_tables order by n_dead_tup desc limit 10`',
        '`select pid, backend_xmin, now() - xact_start from pg_stat_activity where backend_xmin is not null order by age(backend_xmin) desc limit 5`',
        '`vacuum (verbose) tick_store.<table>` as the owner',
      ],
    },
  };
}

/** From pg_stat_replication, which is empty on Aurora. */
function replicaLag(settings: Settings, watched: Watched): AlarmSubject {
  return {
    id: 'replica-lag',
    family: 'platform',
    title: 'Replica lags',
    affects: 'Nobody yet. A failover to this replica would take long, or lose what it has not received.',
    unit: 'seconds',
    signal: ours('ReplicaLagSeconds', 'Maximum', watched),
    ...limitsOf(settings, 'replicaLagSeconds', MINUTES, { only: 'warning' }),
    missing: 'notBreaching',
    advice: {
      meaning: 'A replica is behind the server.',
      first:
        'Check whether the server writes faster than the replica can follow, or whether a query blocks the replica.',
      recovered:
        'ReplicaLagSeconds is near 0: the first query above shows a replay_lag of milliseconds. Catching up takes about as long as the replica was behind',
      look: [
        '`select application_name, state, replay_lag, sync_state from pg_stat_replication`',
        'Long queries on the replica: the same pg_stat_activity there',
        'The insert rate on the dashboard',
      ],
    },
  };
}
