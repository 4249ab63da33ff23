import type { QueueCounts } from '../../../messaging/local-queue.ts';
import type { Datum } from '../datum.ts';

/**
 * AWS/SQS: what waits in a queue, is being worked on, or is delayed, as measured every minute. The other metrics of a queue are not
 * emulated, nor that a queue without activity for six hours has none for up to 15 minutes.
 */
export const queueMetrics = (queueName: string, { visible, inFlight, delayed }: QueueCounts, at: number): Datum[] =>
  [
    ['ApproximateNumberOfMessagesVisible', visible] as const,
    ['ApproximateNumberOfMessagesNotVisible', inFlight] as const,
    ['ApproximateNumberOfMessagesDelayed', delayed] as const,
  ].map(([name, value]) => ({
    namespace: 'AWS/SQS',
    name,
    dimensions: { QueueName: queueName },
    timestamp: at,
    value,
    unit: 'Count',
  }));
