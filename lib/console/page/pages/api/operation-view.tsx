import { useState } from 'preact/hooks';
import { Card } from '../../components/card.tsx';
import { Code } from '../../components/code.tsx';
import { Markdown, Prose } from '../../components/prose.tsx';
import { Segmented } from '../../components/segmented.tsx';
import {
  type DocumentedEndpoint,
  type DocumentedParameter,
  examplesOf,
  type MediaType,
  type OpenApi,
  resolve,
  typeOf,
} from './openapi.ts';
import { SchemaView } from './schema-view.tsx';
import { TryIt } from './try-it.tsx';

interface OperationViewProps {
  readonly document: OpenApi;
  readonly endpoint: DocumentedEndpoint;
}

/** One operation: its purpose, its inputs, its responses, and a form to try it. */
export function OperationView({ document, endpoint }: OperationViewProps) {
  const { method, path, operation } = endpoint;
  const parameters = (operation.parameters ?? []).map(
    (parameter) => resolve(document, parameter) as DocumentedParameter,
  );
  const body = operation.requestBody && resolve(document, operation.requestBody);
  return (
    <>
      <Card
        title={
          <span class="row">
            <span class={`method ${method.toLowerCase()}`}>{method}</span> <code>{path}</code>
          </span>
        }
      >
        <div class="stack">
          <p>
            <strong>{operation.summary}</strong>
          </p>
          {operation.deprecated && <p class="badge warning">deprecated</p>}
          {operation.description !== undefined && <Markdown text={operation.description} />}
        </div>
      </Card>
      <TryIt document={document} endpoint={endpoint} parameters={parameters} body={body} />
      {parameters.length > 0 && (
        <Card title="Parameters" flush>
          <ParameterTable document={document} parameters={parameters} />
        </Card>
      )}
      {body && (
        <Card title="Request body">
          {body.description !== undefined && <Markdown text={body.description} />}
          <Content document={document} content={body.content} />
        </Card>
      )}
      <Card title="Responses">
        <div class="stack">
          {Object.entries(operation.responses).map(([status, given]) => {
            const response = resolve(document, given);
            return (
              <details key={status} open={status.startsWith('2')}>
                <summary>
                  <span
                    class={`badge ${status.startsWith('2') ? 'ok' : status.startsWith('5') ? 'critical' : 'warning'}`}
                  >
                    {status}
                  </span>{' '}
                  <Prose text={response.description ?? ''} />
                </summary>
                {response.content && <Content document={document} content={response.content} />}
              </details>
            );
          })}
        </div>
      </Card>
    </>
  );
}

function ParameterTable({ document, parameters }: { document: OpenApi; parameters: readonly DocumentedParameter[] }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">In</th>
          <th scope="col">Type</th>
          <th scope="col">What it says</th>
        </tr>
      </thead>
      <tbody>
        {parameters.map(({ name, in: place, required, description, schema }) => (
          <tr key={place + name}>
            <th scope="row">
              <code>{name}</code>
              {required && <span class="badge">required</span>}
            </th>
            <td>{place}</td>
            <td class="small">
              {typeOf(document, schema)}
              {schema.default !== undefined && <div class="muted">default {JSON.stringify(schema.default)}</div>}
            </td>
            <td class="wide">
              <Prose text={description ?? schema.description ?? ''} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The media types of a body, with examples and schema of the selected one. */
function Content({ document, content }: { document: OpenApi; content: Readonly<Record<string, MediaType>> }) {
  const types = Object.keys(content);
  const [picked, setPicked] = useState(types[0] ?? '');
  const media = content[picked];
  return (
    <div class="stack">
      {types.length > 1 ? (
        <Segmented
          label="Media type"
          options={types.map((type) => [type, type] as const)}
          value={picked}
          onPick={setPicked}
        />
      ) : (
        <code class="muted">{picked}</code>
      )}
      {media &&
        examplesOf(document, media).map(([title, text]) => (
          <figure key={title}>
            <figcaption class="small muted">{title}</figcaption>
            <Code label={`${title}, ${picked}`} text={text} />
          </figure>
        ))}
      {media?.schema && (
        <details>
          <summary>Fields</summary>
          <SchemaView document={document} schema={media.schema} />
        </details>
      )}
    </div>
  );
}
