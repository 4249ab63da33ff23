import type { EventNotice } from './read-notice.ts';

/** The text of an event's page. */
export interface EventWords {
  /** What happened, without the time. */
  readonly headline: string;
  /** What to do before anything else, in a sentence. */
  readonly first: string;
  /** The kind of event: `rotation-failed`. */
  readonly subject: string;
}

type Detail = EventNotice['detail'];

const textIn = (detail: Detail, name: string): string => String(detail[name] ?? '');

/** The texts by the event's source. The stack's rules select the events (`lib/constructs/service-events.ts`). */
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

/** The text of an event's page. An event of a source without a text gets its own names. */
export function wordsOf({ source, type, detail }: EventNotice): EventWords {
  const words = WORDS[source]?.(detail);
  return words ?? { subject: source, headline: type, first: 'Read the event below.' };
}

function statusIn(detail: Detail): string {
  const details = detail['status-details'];
  return typeof details === 'object' && details !== null ? textIn(details as Detail, 'status') : '';
}

const withoutFullStop = (text: string): string => text.replace(/\.$/, '');
