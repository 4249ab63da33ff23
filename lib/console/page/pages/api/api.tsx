import { useState } from 'preact/hooks';
import { ErrorNotice } from '../../components/notice.tsx';
import { Markdown } from '../../components/prose.tsx';
import { useLive } from '../../state/live.ts';
import { hrefOf, setParams } from '../../state/place.ts';
import { type DocumentedEndpoint, endpointsOf, type OpenApi } from './openapi.ts';
import { OperationView } from './operation-view.tsx';

/** The reference of the API that this console uses, with a form to try every operation. */
export function Api({ params }: { readonly params: URLSearchParams }) {
  const { value, error } = useLive<OpenApi>('/v1/openapi.json', 600_000);
  const [search, setSearch] = useState('');
  if (value === undefined) return error ? <ErrorNotice error={error} doing="Reading the reference" /> : <p>Loading</p>;
  const endpoints = endpointsOf(value);
  const wanted = search.toLowerCase();
  const found = endpoints.filter(({ method, path, operation }) =>
    `${method} ${path} ${operation.summary} ${operation.operationId}`.toLowerCase().includes(wanted),
  );
  const shown = endpoints.find(({ operation }) => operation.operationId === params.get('operation')) ?? endpoints[0];
  return (
    <>
      <div class="page-head">
        <h1>
          API <span class="muted small">version {value.info.version}</span>
        </h1>
        <p class="small">
          <a href="v1/openapi.json">OpenAPI 3.1 document</a>
        </p>
      </div>
      <div class="reference">
        <nav class="card operations" aria-label="Operations">
          <input
            data-search
            type="search"
            aria-label="Search operations"
            placeholder="Search operations"
            value={search}
            onInput={({ currentTarget }) => setSearch(currentTarget.value)}
          />
          {(value.tags ?? []).map(({ name }) => (
            <TagList key={name} tag={name} endpoints={found} shown={shown} />
          ))}
          {found.length === 0 && <p class="muted">No operation has that in its path or summary.</p>}
        </nav>
        <div class="stack">
          {params.get('operation') === null && value.info.description !== undefined && (
            <section class="card">
              <div class="body">
                <Markdown text={value.info.description} />
              </div>
            </section>
          )}
          {shown && <OperationView key={shown.operation.operationId} document={value} endpoint={shown} />}
        </div>
      </div>
    </>
  );
}

interface TagListProps {
  readonly tag: string;
  readonly endpoints: readonly DocumentedEndpoint[];
  readonly shown: DocumentedEndpoint | undefined;
}

function TagList({ tag, endpoints, shown }: TagListProps) {
  const own = endpoints.filter(({ operation }) => operation.tags?.includes(tag));
  if (own.length === 0) return null;
  return (
    <section>
      <h2 class="tag">{tag}</h2>
      <ul class="plain">
        {own.map((endpoint) => {
          const { method, path, operation } = endpoint;
          return (
            <li key={operation.operationId}>
              <a
                href={hrefOf('api', { operation: operation.operationId })}
                aria-current={endpoint === shown ? 'true' : undefined}
                title={`${method} ${path}`}
                onClick={(event) => {
                  event.preventDefault();
                  setParams({ operation: operation.operationId });
                }}
              >
                <span class={`method ${method.toLowerCase()}`}>{method}</span>
                <span>{path.replace('/v1/', '')}</span>
              </a>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
