import { useState } from 'preact/hooks';
import { token } from '../api/request.ts';
import { Card } from './card.tsx';

/** For an API that authorises by JWT: the token stays in this tab and is sent only to this origin. */
export function TokenForm({ onSet }: { readonly onSet: () => void }) {
  const [value, setValue] = useState('');
  const submit = (event: Event) => {
    event.preventDefault();
    token.set(value.trim());
    onSet();
  };
  return (
    <Card title="Sign in">
      <form class="row" onSubmit={submit}>
        <label class="field">
          Bearer token
          <input
            type="password"
            autocomplete="off"
            value={value}
            onInput={({ currentTarget }) => setValue(currentTarget.value)}
          />
        </label>
        <button type="submit" class="primary">
          Use it in this tab
        </button>
        <p class="small muted">
          With IAM authorisation, open the console through a proxy that signs requests: docs/console.md shows how.
        </p>
      </form>
    </Card>
  );
}
