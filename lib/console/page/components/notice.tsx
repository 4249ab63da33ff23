import type { ComponentChildren } from 'preact';
import type { ApiError } from '../api/request.ts';

type NoticeTone = 'info' | 'ok' | 'warning' | 'critical';

/** A sentence that the reader should see before the rest. A screen reader announces `critical` at once. */
export function Notice({
  tone = 'info',
  children,
}: {
  readonly tone?: NoticeTone;
  readonly children: ComponentChildren;
}) {
  return (
    <div class={`notice ${tone}`} role={tone === 'critical' ? 'alert' : 'status'}>
      {children}
    </div>
  );
}

/** What failed and what to do: the problem's own text, its fields, and the request id to quote. */
export function ErrorNotice({ error, doing }: { readonly error: ApiError; readonly doing: string }) {
  const { title, detail, errors = [], requestId } = error.problem;
  return (
    <Notice tone="critical">
      <strong>
        {doing} failed: {title ?? detail ?? error.message}
      </strong>
      {detail !== undefined && detail !== title && <span>{detail}</span>}
      {errors.length > 1 && (
        <ul>
          {errors.slice(0, 10).map(({ path, message }) => (
            <li key={path + message}>
              <code>{path}</code> {message}
            </li>
          ))}
        </ul>
      )}
      <span class="small muted">
        {adviceOn(error)}
        {requestId !== undefined && (
          <>
            {' '}
            Request id: <code>{requestId}</code>
          </>
        )}
      </span>
    </Notice>
  );
}

function adviceOn({ status, retryAfter }: ApiError): string {
  if (status === 0) return 'The server cannot be reached from this browser. This page retries automatically.';
  if (status === 401 || status === 403)
    return 'The API did not accept this caller. Open the console through a signing proxy, or set a bearer token below.';
  if (status === 429 || status === 503)
    return `The service is busy or its database is unavailable. Try again${retryAfter ? ` in ${retryAfter} s` : ' shortly'}.`;
  if (status >= 500) return 'The fault is on the server. Its log has this request id.';
  return '';
}

/** Shown if there is nothing yet: why, and what to do about it. */
export function Empty({ children }: { readonly children: ComponentChildren }) {
  return <div class="empty">{children}</div>;
}
