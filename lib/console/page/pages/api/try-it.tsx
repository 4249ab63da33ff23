import { useState } from 'preact/hooks';
import { BASE, token } from '../../api/request.ts';
import { Card } from '../../components/card.tsx';
import { Code } from '../../components/code.tsx';
import { curlOf, type TriedRequest } from './curl.ts';
import {
  type DocumentedEndpoint,
  type DocumentedParameter,
  examplesOf,
  type MediaType,
  type OpenApi,
} from './openapi.ts';

interface TryItProps {
  readonly document: OpenApi;
  readonly endpoint: DocumentedEndpoint;
  readonly parameters: readonly DocumentedParameter[];
  readonly body: { readonly content: Readonly<Record<string, MediaType>> } | undefined;
}

interface Reply {
  readonly status: string;
  readonly headers: string;
  readonly text: string;
  readonly ms: number;
}

/**
 * A request to the service that served this page. A request that changes data is labelled, and sent only on purpose.
 */
export function TryIt({ document, endpoint, parameters, body }: TryItProps) {
  const types = Object.keys(body?.content ?? {});
  const [type, setType] = useState(types[0] ?? '');
  const first = (media: string) => {
    const content = body?.content[media];
    return content ? (examplesOf(document, content)[0]?.[1] ?? '') : '';
  };
  const [text, setText] = useState(() => first(type));
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const [reply, setReply] = useState<Reply>();
  const request = requestOf(endpoint, parameters, values, body ? { type, text } : undefined);
  const isRead = endpoint.method === 'GET';
  const send = async (event: Event) => {
    event.preventDefault();
    setReply(await ask(request));
  };
  return (
    <Card title="Try it" aside={isRead ? undefined : <span class="badge warning">changes stored data</span>}>
      <form class="stack" onSubmit={send}>
        {parameters.length > 0 && (
          <div class="parameters">
            {parameters.map(({ name, in: place, required, schema }) => (
              <label key={place + name} class="field">
                <code>{name}</code>
                <input
                  required={required}
                  spellcheck={false}
                  placeholder={schema.default === undefined ? '' : String(schema.default)}
                  value={values[name] ?? ''}
                  onInput={({ currentTarget }) => setValues({ ...values, [name]: currentTarget.value })}
                />
              </label>
            ))}
          </div>
        )}
        {body && (
          <label class="field">
            <span class="row">
              Body
              <select
                aria-label="Media type"
                value={type}
                onChange={({ currentTarget }) => {
                  setType(currentTarget.value);
                  setText(first(currentTarget.value));
                }}
              >
                {types.map((each) => (
                  <option key={each}>{each}</option>
                ))}
              </select>
            </span>
            <textarea
              rows={8}
              class="mono"
              spellcheck={false}
              value={text}
              onInput={({ currentTarget }) => setText(currentTarget.value)}
            />
          </label>
        )}
        <div class="row">
          <button type="submit" class="primary">
            Send {endpoint.method}
          </button>
        </div>
        <Code label="The same with curl" text={curlOf(request)} />
      </form>
      {reply && (
        <div class="stack" role="status">
          <p>
            <span class={`badge ${reply.status.startsWith('2') ? 'ok' : 'warning'}`}>{reply.status}</span>{' '}
            <span class="muted number">{Math.round(reply.ms)} ms</span>
          </p>
          <details>
            <summary>Headers</summary>
            <pre>{reply.headers}</pre>
          </details>
          <Code label="Response body" text={reply.text} />
        </div>
      )}
    </Card>
  );
}

function requestOf(
  { method, path }: DocumentedEndpoint,
  parameters: readonly DocumentedParameter[],
  values: Readonly<Record<string, string>>,
  body: { type: string; text: string } | undefined,
): TriedRequest {
  const of = (place: DocumentedParameter['in']) =>
    parameters.filter((parameter) => parameter.in === place && (values[parameter.name] ?? '') !== '');
  const filled = path.replace(/\{([^}]+)\}/g, (whole, name: string) => {
    const value = values[name] ?? '';
    return value === '' ? whole : encodeURIComponent(value);
  });
  const query = new URLSearchParams(of('query').map(({ name }) => [name, values[name] ?? ''])).toString();
  return {
    method,
    url: `${location.origin}${BASE}${filled.slice(1)}${query === '' ? '' : `?${query}`}`,
    headers: {
      ...Object.fromEntries(of('header').map(({ name }) => [name, values[name] ?? ''])),
      ...(body ? { 'Content-Type': body.type } : {}),
    },
    body: body?.text,
  };
}

async function ask({ method, url, headers, body }: TriedRequest): Promise<Reply> {
  const began = performance.now();
  const bearer = token.get();
  try {
    const response = await fetch(url, {
      method,
      headers: { ...headers, ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }) },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    return {
      status: `${response.status} ${response.statusText}`,
      headers: [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n'),
      text: pretty(text),
      ms: performance.now() - began,
    };
  } catch {
    return { status: 'No response', headers: '', text: '', ms: performance.now() - began };
  }
}

/** The largest part of a response that is shown, because a page of 10,000 ticks would block the browser. Characters. */
const MOST_SHOWN = 100_000;

function pretty(text: string): string {
  let shown = text;
  try {
    shown = JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    // anything but JSON is shown unchanged
  }
  return shown.length > MOST_SHOWN
    ? `${shown.slice(0, MOST_SHOWN)}\n… ${shown.length - MOST_SHOWN} more characters`
    : shown;
}
