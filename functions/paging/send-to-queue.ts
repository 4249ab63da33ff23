import { callAws } from '../aws/call-aws.ts';

/** Sends a message to an SQS queue, as JSON. @throws AwsError */
export async function sendToQueue(url: string, message: object): Promise<void> {
  await callAws({
    service: 'sqs',
    operation: 'sqs SendMessage',
    headers: { 'Content-Type': 'application/x-amz-json-1.0', 'X-Amz-Target': 'AmazonSQS.SendMessage' },
    body: JSON.stringify({ QueueUrl: url, MessageBody: JSON.stringify(message) }),
  });
}
