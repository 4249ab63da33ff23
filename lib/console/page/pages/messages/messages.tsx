import { type LocalMessage, messagesUrl } from '../../api/local.ts';
import { Ago } from '../../components/ago.tsx';
import { Card } from '../../components/card.tsx';
import { Empty, ErrorNotice } from '../../components/notice.tsx';
import { OnlyLocal } from '../../components/only-local.tsx';
import { Badge } from '../../components/status.tsx';
import { useLive } from '../../state/live.ts';
import { hrefOf, setParams } from '../../state/place.ts';
import { MessageView } from './message-view.tsx';
import { isForPeople, readMessage } from './read-message.ts';

/** Messages of the alert topics, as their subscribers receive them. */
export function Messages({ params }: { readonly params: URLSearchParams }) {
  const { value, error } = useLive<LocalMessage[]>(messagesUrl, 5000);
  if (error?.status === 404)
    return <OnlyLocal title="Messages" what="Messages of a deployment go to the subscribers of its SNS topics" />;
  if (error && value === undefined) return <ErrorNotice error={error} doing="Reading the messages" />;
  const messages = (value ?? []).filter(isForPeople);
  const shown = messages.find(({ messageId }) => messageId === params.get('id')) ?? messages[0];
  return (
    <>
      <h1>Messages</h1>
      {messages.length === 0 ? (
        <Card>
          <Empty>
            <p>No message has been sent yet.</p>
            <p>
              To see a page arrive, run <code>npm run drill -- pool-exhaustion</code> in another terminal.
            </p>
          </Empty>
        </Card>
      ) : (
        <div class="list-and-detail">
          <Card title="Sent" flush>
            <ul class="plain picker">
              {messages.slice(0, 200).map((message) => {
                const { severity, subject } = readMessage(message);
                return (
                  <li key={message.messageId}>
                    <a
                      href={hrefOf('messages', { id: message.messageId })}
                      aria-current={message === shown ? 'true' : undefined}
                      onClick={(event) => {
                        event.preventDefault();
                        setParams({ id: message.messageId });
                      }}
                    >
                      <Badge tone={severity}>{severity === 'ok' ? 'all clear' : severity}</Badge>
                      <span class="subject">{subject}</span>
                      <span class="small muted">
                        <Ago time={message.publishedAt} />
                      </span>
                    </a>
                  </li>
                );
              })}
            </ul>
          </Card>
          {shown && <MessageView message={shown} />}
        </div>
      )}
    </>
  );
}
