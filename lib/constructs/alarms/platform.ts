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

/** The alarm by which CodeDeploy turns a deployment back. */
export const ROLLBACK = 'release-failing';

/** What the service runs on, and the pager itself. */
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

/** Whatever is in a queue that a function polls: seldom visible, because it is taken at once and hidden until the next attempt. */
const everythingIn = (queue: string): MetricSignal[] => [
  queueLength(queue),
  queueLength(queue, 'NotVisible'),
  queueLength(queue, 'Delayed'),
];

/** One is enough: whoever should have been paged was not, and there may be no second. */
const ONE_MINUTE = { periodSeconds: 60, datapoints: 1, periods: 10 };

/** Of everything between an alarm and its reader. Its message also bypasses the pager, which may be what failed. */
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
    affects: 'You: a recipient of pages did not get one. Its other recipients have it.',
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
        'A recipient did not accept a page (PagerDuty, an HTTPS address, a phone), or the function that makes pages failed.',
      first: 'Look at which alarms are in ALARM and act on them. Then find out who refused a page, and why.',
      recovered:
        'ApproximateNumberOfMessagesVisible of both queues is 0. Pages that PagerDuty has refused leave theirs by themselves, within six minutes of PagerDuty taking events again; the other one is empty after the purge. Purge it only after you have read it',
      look: [
        '`aws cloudwatch describe-alarms --state-value ALARM --alarm-name-prefix tick-store --query "MetricAlarms[].[AlarmName,StateReason]"` shows what may have paged nobody',
        '`aws logs tail /aws/lambda/tick-store-send-pages --since 30m --filter-pattern ERROR` says which recipient refused a page, and how: a status of 500 and above is theirs ([status.pagerduty.com](https://status.pagerduty.com)), 400 is a wrong routing key',
        'What PagerDuty has refused is in `tick-store-refused-pages`: it is tried again every six minutes for 12 hours. Leave it there',
        `${RECEIVE('undelivered-pages')} shows what nobody tries again, with its \`reason\``,
        '`aws sns list-subscriptions --query "Subscriptions[].[Protocol,Endpoint,SubscriptionArn]"` must show no PendingConfirmation',
        `Then, if that queue had messages, ${PURGE('undelivered-pages')}, so that the alarm returns to OK`,
      ],
    },
  };
}

/** At its monthly limit SNS drops text messages, and says nothing to their topic. The metric is of the account. */
function smsLimit({ alerts }: Settings): AlarmSubject {
  return {
    id: 'sms-limit',
    family: 'platform',
    title: 'Text messages near their limit',
    affects: 'You: whoever is paged by text message alone will not be.',
    unit: 'USD this month',
    signal: { namespace: 'AWS/SNS', name: 'SMSMonthToDateSpentUSD', statistic: 'Maximum', dimensions: {} },
    limits: {
      critical: { comparison: 'at-least', value: 0.9 * alerts.smsLimitUsd, timing: FIVE_MINUTES.critical },
    },
    missing: 'notBreaching',
    advice: {
      meaning: 'Text messages of this month have cost 90 % of the limit at which SNS stops sending them.',
      first: 'Ask AWS for a higher limit, and page by something else until then.',
      recovered:
        'SMSMonthToDateSpentUSD is below the limit: when AWS has raised it and alerts.smsLimitUsd says so, or with the next month. `aws sns get-sms-attributes --attributes MonthlySpendLimit` shows the limit in force',
      look: [
        '`aws sns get-sms-attributes --attributes MonthlySpendLimit`',
        'alerts.smsLimitUsd in infra.config.ts must say the same as the account',
        'What has paged so often: `aws cloudwatch describe-alarm-history --history-item-type Action --max-records 50`',
      ],
    },
  };
}

/** Of the newest version alone: what the version before it does turns no deployment back. */
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
        'The version that is being deployed responds 500, so CodeDeploy turns it back. It pages nobody by itself.',
      first: 'Read the errors of the new version; the deployment is rolled back already.',
      recovered:
        'No version in service counts a failed request. `aws deploy list-deployments --application-name tick-store` shows the deployment as stopped; the version before it has taken all requests since then',
      look: [
        DEPLOYMENTS,
        '`aws logs tail /aws/lambda/tick-store-ingest --since 30m --filter-pattern ERROR`',
        'The change that was deployed',
      ],
    },
  };
}

/** One bad minute is enough: a canary gets a tenth of the requests. */
const RELEASE = { periodSeconds: 60, datapoints: 1, periods: 3 };

function functionErrors(settings: Settings, watched: Watched): AlarmSubject {
  return {
    id: 'function-errors',
    family: 'platform',
    title: 'Functions crash',
    affects: 'The clients whose requests were cut off; scheduled runs are tried again.',
    unit: 'errors in 5 minutes',
    signal: sumOf(watched.functions.map((one) => lambdaMetric('Errors', 'Sum', one))),
    ...limitsOf(settings, 'functionErrors', FIVE_MINUTES),
    missing: 'notBreaching',
    advice: {
      meaning: 'Invocations crashed or ran out of time. Responses that the service gives on purpose are not counted.',
      first: 'Read the error in the log; if it came with a deployment, roll that back.',
      recovered:
        'Errors is 0 in every function: the command above shows no new error. A run of a schedule that failed is tried again by itself',
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
    affects: 'Nobody at once: partitions are not made, or samples are missing.',
    unit: 'runs',
    signal: sumOf([queueLength(deadLetterQueue), dropped, ...lost]),
    ...limitsOf(settings, 'deadLetters', FIVE_MINUTES),
    missing: 'notBreaching',
    advice: {
      meaning:
        'A scheduled run failed in all its attempts, could not be started, or was dropped by EventBridge Scheduler or Lambda.',
      first: 'Read the message in the queue: it holds the event and the reason. A dropped run has none.',
      recovered:
        'ApproximateNumberOfMessagesVisible of the queue is 0 after the purge, and the run has been made up for by hand',
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
    affects: 'Nobody yet: when the share reaches 1, Postgres stops writing.',
    unit: 'share of 2^31',
    signal: ours('XidAgeRatio', 'Maximum', watched),
    ...limitsOf(settings, 'xidAgeRatio', SLOW),
    missing: 'notBreaching',
    advice: {
      meaning: 'Transaction ids are used faster than vacuum frees them.',
      first: 'Find what holds back vacuum: a transaction, a replication slot, a prepared transaction.',
      recovered:
        'XidAgeRatio falls: the first query above shows a lower age after each vacuum (freeze). On a large table that takes hours, and the alarm stands until then',
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
    affects: 'Readers, slowly: reads pass over dead rows.',
    unit: 'share of the worst table',
    signal: ours('DeadTupleRatio', 'Maximum', watched),
    ...limitsOf(settings, 'deadTupleRatio', SLOW, { only: 'warning' }),
    missing: 'notBreaching',
    advice: {
      meaning: 'A table carries many dead rows.',
      first: 'See whether a long transaction holds vacuum back; if not, run it.',
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

/** Of pg_stat_replication, which is empty on Aurora. */
function replicaLag(settings: Settings, watched: Watched): AlarmSubject {
  return {
    id: 'replica-lag',
    family: 'platform',
    title: 'Replica lags',
    affects: 'Nobody yet: a failover to it would take long, or lose what it has not received.',
    unit: 'seconds',
    signal: ours('ReplicaLagSeconds', 'Maximum', watched),
    ...limitsOf(settings, 'replicaLagSeconds', MINUTES, { only: 'warning' }),
    missing: 'notBreaching',
    advice: {
      meaning: 'A replica is behind the server.',
      first: 'See whether the server is busier than the replica can follow, or a query holds the replica up.',
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
