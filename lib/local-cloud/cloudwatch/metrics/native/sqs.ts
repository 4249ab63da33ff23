import type { QueueCounts } from '../../../messaging/local-queue.ts';
import type { Datum } from '../datum.ts';

/**
 * AWS/SQS: messages that are visible, in flight or delayed, measured every minute. A queue's other metrics are not
 * emulated, nor that a queue without activity for six hours has no metrics for up to 15 minutes.
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
