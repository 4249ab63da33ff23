import type { EventNotice } from './read-notice.ts';

/** What to say of an event. */
export interface EventWords {
  /** What has happened, without its time. */
  readonly headline: string;
  /** What to do before anything else, in a sentence. */
  readonly first: string;
  /** Distinguishes kinds of events. */
  readonly subject: string;
}

type Detail = EventNotice['detail'];

const textIn = (detail: Detail, name: string): string => String(detail[name] ?? '');

/** By the source of the event, which the stack's rules choose (`lib/constructs/service-events.ts`). */
const WORDS: Readonly<Record<string, (detail: Detail) => EventWords>> = {
  'aws.rds': (detail) => ({
    subject: 'database-event',
    headline: `${textIn(detail, 'SourceIdentifier')}: ${withoutFullStop(textIn(detail, 'Message'))}`,
    first: 'If requests fail, a critical page says so; otherwise note it: a failover or maintenance ends by itself.',
  }),
  'aws.codedeploy': (detail) => ({
    subject: 'deployment-failed',
    headline: `deployment of ${textIn(detail, 'deploymentGroup')} ended in ${textIn(detail, 'state')}`,
    first: `Read why: aws deploy get-deployment --deployment-id ${textIn(detail, 'deploymentId')}. The old version serves all requests.`,
  }),
  'aws.cloudformation': (detail) => ({
    subject: 'deployment-failed',
    headline: `the stack's deployment ended in ${statusIn(detail)}`,
    first: 'Read the first failure: aws cloudformation describe-stack-events --stack-name with the name of the stack.',
  }),
  'aws.secretsmanager': (detail) => ({
    subject: 'rotation-failed',
    headline: `rotation of a secret failed (${textIn(detail, 'eventName')})`,
    first: 'Check that functions still log in; the old password stays valid until a rotation has succeeded.',
  }),
};

/** @returns the event's own names, where nobody has written words for its source */
export function wordsOf({ source, type, detail }: EventNotice): EventWords {
  const words = WORDS[source]?.(detail);
  return words ?? { subject: source, headline: type, first: 'Read the event below.' };
}

function statusIn(detail: Detail): string {
  const details = detail['status-details'];
  return typeof details === 'object' && details !== null ? textIn(details as Detail, 'status') : '';
}

const withoutFullStop = (text: string): string => text.replace(/\.$/, '');
