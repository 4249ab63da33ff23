import type { Settings } from '../../config/schema.ts';
import type { AlarmSubject, MetricSignal, Watched } from './definition.ts';
import { FIVE_MINUTES, limitsOf, MINUTES } from './limits.ts';

/** Below this many requests per minute a single error would be a high percentage. Count. */
const FEWEST_REQUESTS = 20;

/** What API Gateway and the dead-letter queue say. */
export function edgeSubjects(settings: Settings, { apiId, deadLetterQueue }: Watched): AlarmSubject[] {
  const api = (name: string, statistic: string): MetricSignal => ({
    namespace: 'AWS/ApiGateway',
    name,
    statistic,
    dimensions: { ApiId: apiId },
  });
  return [
    {
      id: 'api-errors',
      section: 'api-errors',
      title: 'Requests answered 5xx',
      unit: 'percent',
      signal: {
        expression: `IF(requests >= ${FEWEST_REQUESTS}, 100 * FILL(errors, 0) / requests, 0)`,
        metrics: { requests: api('Count', 'Sum'), errors: api('5xx', 'Sum') },
      },
      ...limitsOf(settings, 'apiErrorPercent', MINUTES),
      missing: 'notBreaching',
      advice: {
        meaning: 'Clients get errors that are ours, not theirs.',
        first: 'See which route and which status: 503 is the pool or the database, 500 a fault of ours, 504 a timeout.',
        look: [
          '`stats count(*) as requests by status, routeKey | sort requests desc` in Logs Insights over /aws/vendedlogs/tick-store-access',
          '`aws logs tail /aws/lambda/tick-store-ingest --since 15m --filter-pattern ERROR`',
          'The last deployment: `aws deploy list-deployments --application-name tick-store`',
        ],
      },
    },
    {
      id: 'api-latency',
      section: 'api-latency',
      title: 'Slowest hundredth of the requests',
      unit: 'milliseconds',
      signal: api('Latency', 'p99'),
      ...limitsOf(settings, 'apiLatencyMs', MINUTES),
      missing: 'notBreaching',
      advice: {
        meaning: 'Some clients wait long for an answer; API Gateway gives up at 30 s.',
        first: 'See which route is slow.',
        look: [
          '`stats pct(latencyMs, 99) as p99, count(*) as requests by routeKey | sort p99 desc` in Logs Insights over /aws/vendedlogs/tick-store-access',
          'AcquireMs and QueryMs on the dashboard: waiting, or working?',
          'Whether clients ask for more: long periods, limit=10000, full batches',
        ],
      },
    },
    {
      id: 'dead-letters',
      section: 'dead-letters',
      title: 'Messages in the dead-letter queue',
      unit: 'messages',
      signal: {
        namespace: 'AWS/SQS',
        name: 'ApproximateNumberOfMessagesVisible',
        statistic: 'Maximum',
        dimensions: { QueueName: deadLetterQueue },
      },
      ...limitsOf(settings, 'deadLetters', FIVE_MINUTES),
      missing: 'notBreaching',
      advice: {
        meaning:
          'A scheduled run failed for good or could not be started, or an HTTPS address would not take an alert.',
        first: 'Read the message: it holds the event and the reason, or the alert that reached nobody.',
        look: [
          '`aws sqs receive-message --queue-url $(aws sqs get-queue-url --queue-name tick-store-dead-letters --output text) --max-number-of-messages 10`',
          'Run it again by hand, once it is fixed: `aws lambda invoke --function-name tick-store-maintain-partitions:live /dev/stdout`',
          'Then `aws sqs purge-queue --queue-url $(aws sqs get-queue-url --queue-name tick-store-dead-letters --output text)`, for the alarm to end',
        ],
      },
    },
  ];
}
