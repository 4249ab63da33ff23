import { count } from '../state/format.ts';
import { Badge, type Tone } from './status.tsx';

/** The counts of a receipt, or of several together. */
export interface ShownCounts {
  readonly received: number;
  readonly inserted: number;
  readonly duplicates: number;
  readonly conflicts: number;
  readonly tombstoned: number;
  readonly replaced?: number | undefined;
  readonly rejected: number;
}

/** The meaning of each outcome, for a person. */
const MEANINGS: readonly (readonly [Exclude<keyof ShownCounts, 'received'>, string, Tone])[] = [
  ['inserted', 'stored', 'ok'],
  ['replaced', 'replaced a stored row', 'ok'],
  ['duplicates', 'stored already, with the same values', 'unknown'],
  ['conflicts', 'stored already with other values, which stay', 'warning'],
  ['tombstoned', 'stored and deleted, left deleted', 'warning'],
  ['rejected', 'not valid, not stored', 'critical'],
];

/** One line for each outcome that at least one row has. */
export function ReceiptCounts({ receipt }: { readonly receipt: ShownCounts }) {
  return (
    <ul class="plain stack receipt" aria-label="Outcomes">
      {MEANINGS.filter(([name]) => (receipt[name] ?? 0) > 0 || name === 'inserted').map(([name, meaning, tone]) => (
        <li key={name} class="row">
          <Badge tone={receipt[name] === 0 ? 'unknown' : tone}>{count(receipt[name] ?? 0)}</Badge>
          <span>
            <b>{name}</b> <span class="muted">{meaning}</span>
          </span>
        </li>
      ))}
    </ul>
  );
}

export interface ShownRejection {
  readonly index: number;
  /** Line number in the file or body, from 1. */
  readonly line?: number | null | undefined;
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

/** Why rows were rejected: the first hundred. */
export function RejectionTable({ rejections, total }: { rejections: readonly ShownRejection[]; total: number }) {
  const hasLines = rejections.some(({ line }) => line != null);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
    <section class="scroll" aria-label="Rejected rows" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col" class="number">
              {hasLines ? 'Line' : 'Row'}
            </th>
            <th scope="col">Field</th>
            <th scope="col">What is wrong</th>
          </tr>
        </thead>
        <tbody>
          {rejections.slice(0, 100).map(({ index, line, path, message }) => (
            <tr key={`${index} ${path}`}>
              <td class="number">{count(line ?? index)}</td>
              <td>
                <code>{path}</code>
              </td>
              <td>{message}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {total > 100 && <p class="small muted">The first 100 of {count(total)} are shown.</p>}
    </section>
  );
}
