import { callAws } from '../aws/call-aws.ts';

/** Puts a message into a queue of SQS, as JSON. @throws AwsError */
export async function sendToQueue(url: string, message: object): Promise<void> {
  await callAws({
    service: 'sqs',
    operation: 'sqs SendMessage',
    headers: { 'Content-Type': 'application/x-amz-json-1.0', 'X-Amz-Target': 'AmazonSQS.SendMessage' },
    body: JSON.stringify({ QueueUrl: url, MessageBody: JSON.stringify(message) }),
  });
}
