import type { Datum } from '../datum.ts';

/** AWS/SQS: what waits in a queue, as measured every minute. The other metrics of a queue are not emulated. */
export const queueMetrics = (queueName: string, visibleMessages: number, at: number): Datum => ({
  namespace: 'AWS/SQS',
  name: 'ApproximateNumberOfMessagesVisible',
  dimensions: { QueueName: queueName },
  timestamp: at,
  value: visibleMessages,
  unit: 'Count',
});
