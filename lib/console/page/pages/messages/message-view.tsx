import type { LocalMessage } from '../../api/local.ts';
import { Card } from '../../components/card.tsx';
import { clock } from '../../state/format.ts';
import { hrefOf } from '../../state/place.ts';
import { readMessage } from './read-message.ts';

/** One message: what its reader sees, who received it, and what was published. */
export function MessageView({ message }: { readonly message: LocalMessage }) {
  const { subject, text, facts, alarm } = readMessage(message);
  return (
    <div class="stack">
      <Card title={subject}>
        <div class="stack">
          {facts.length > 0 && (
            <dl class="facts">
              {facts.map(([term, value]) => (
                <div key={term}>
                  <dt>{term}</dt>
                  <dd>{value}</dd>
                </div>
              ))}
            </dl>
          )}
          <p class="mail">{text}</p>
          {alarm !== undefined && (
            <p>
              <a href={hrefOf('alarms', { name: alarm })}>Chart, history and runbook of this alarm</a>
            </p>
          )}
          <p class="small muted">
            To {message.topic}, {clock(message.publishedAt)} UTC
          </p>
        </div>
      </Card>
      <Card title="Who got it" flush>
        {message.deliveries.length === 0 ? (
          <p class="empty">
            Nobody is subscribed to {message.topic}. Set alerts.*.email, https, slack or sms in infra.config.ts.
          </p>
        ) : (
          <table>
            <thead>
              <tr>
                <th scope="col">How</th>
                <th scope="col">Where</th>
                <th scope="col">Outcome</th>
                <th scope="col" class="number">
                  Attempts
                </th>
              </tr>
            </thead>
            <tbody>
              {message.deliveries.map(({ protocol, endpoint, outcome, attempts, detail }) => (
                <tr key={protocol + endpoint}>
                  <td>{protocol}</td>
                  <td>
                    <code>{endpoint}</code>
                  </td>
                  <td>
                    {outcome}
                    {detail !== '' && <div class="small muted">{detail}</div>}
                  </td>
                  <td class="number">{attempts}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Card>
      {Object.entries(message.byProtocol).map(([protocol, form]) => (
        <details key={protocol}>
          <summary>{FORMS[protocol] ?? protocol}</summary>
          <pre>{pretty(form)}</pre>
        </details>
      ))}
      <details>
        <summary>As published</summary>
        <pre>{pretty(message.message)}</pre>
      </details>
    </div>
  );
}

/** The other texts of a message, by the protocol that receives them. */
const FORMS: Readonly<Record<string, string>> = {
  sms: 'As a text message',
  https: 'In Slack, and at an HTTPS address that takes pages',
};

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
