import { clock, duration } from '../state/format.ts';
import { useNow } from '../state/now.ts';

/** How long ago something was, updated continuously, with the time itself in the title. */
export function Ago({ time }: { readonly time: string | number }) {
  const now = useNow(1000);
  const at = typeof time === 'number' ? time : Date.parse(time);
  return (
    <time dateTime={new Date(at).toISOString()} title={`${clock(at)} UTC`} class="number">
      {duration(now - at)} ago
    </time>
  );
}
