import { type AwsService, awsFault, awsResponse } from '../aws-api/aws-endpoint.ts';
import type { LocalQueue } from './local-queue.ts';

/**
 * SQS's SendMessage in AWS JSON 1.0. A queue is found by the name at the end of its URL. Not emulated: ReceiveMessage
 * and what other consumers need, because only Lambda polls the queues here; also attributes, the delay of one message,
 * and size limits.
 */
export function sqsApi(queues: ReadonlyMap<string, LocalQueue>, now: () => number): AwsService {
  return {
    signingName: 'sqs',
    target: 'AmazonSQS',
    respond: (target, body) => {
      if (target !== 'AmazonSQS.SendMessage') return awsFault('InvalidAction', `${target} is not emulated`);
      const { QueueUrl, MessageBody } = JSON.parse(body) as { QueueUrl?: unknown; MessageBody?: unknown };
      const name = String(QueueUrl).split('/').at(-1);
      const queue = [...queues.values()].find((one) => one.name === name);
      if (queue === undefined) return awsFault('QueueDoesNotExist', 'The specified queue does not exist.');
      if (typeof MessageBody !== 'string' || MessageBody === '')
        return awsFault('MissingParameter', 'The request must contain the parameter MessageBody.');
      return awsResponse({ MessageId: queue.send(MessageBody, now()) });
    },
  };
}
