import type { ComponentChildren } from 'preact';

/** One line of Markdown: code, bold and links. Everything else is text, so nothing in it is treated as HTML. */
export function Prose({ text }: { readonly text: string }) {
  return <>{inline(text)}</>;
}

const TOKEN = /(`[^`]+`|\*\*[^*]+\*\*|\[[^\]]+\]\([^)\s]+\))/;

function inline(text: string): ComponentChildren[] {
  return text.split(TOKEN).map((part, index) => {
    // biome-ignore-start lint/suspicious/noArrayIndexKey: the parts of a text have no other name
    if (part.startsWith('`') && part.length > 1) return <code key={index}>{part.slice(1, -1)}</code>;
    if (part.startsWith('**') && part.length > 3) return <strong key={index}>{inline(part.slice(2, -2))}</strong>;
    const [, label, target] = /^\[([^\]]+)\]\(([^)\s]+)\)$/.exec(part) ?? [];
    if (label === undefined || target === undefined) return part;
    // a link inside the runbook leads to another section, and the address of this page cannot express that
    return target.startsWith('https://') ? (
      <a key={index} href={target} rel="noreferrer">
        {label}
      </a>
    ) : (
      <span key={index}>{label}</span>
    );
    // biome-ignore-end lint/suspicious/noArrayIndexKey: as above
  });
}

/** Markdown as in the runbook: paragraphs, lists and tables, each line as `Prose`. */
export function Markdown({ text }: { readonly text: string }) {
  const blocks = text.trim().split(/\n{2,}/);
  return (
    <div class="stack markdown">
      {blocks.map((block) => (
        <Block key={block} lines={block.split('\n')} />
      ))}
    </div>
  );
}

function Block({ lines }: { readonly lines: readonly string[] }) {
  const [first = ''] = lines;
  if (/^\d+\. /.test(first))
    return (
      <ol>
        {lines.map((line) => (
          <li key={line}>
            <Prose text={line.replace(/^\d+\. /, '')} />
          </li>
        ))}
      </ol>
    );
  if (/^[-*] /.test(first))
    return (
      <ul>
        {lines.map((line) => (
          <li key={line}>
            <Prose text={line.replace(/^[-*] /, '')} />
          </li>
        ))}
      </ul>
    );
  if (first.startsWith('|')) return <Table lines={lines} />;
  if (/^#{3,} /.test(first)) return <h3>{first.replace(/^#+ /, '')}</h3>;
  return (
    <p>
      <Prose text={lines.join(' ')} />
    </p>
  );
}

const cellsOf = (line: string): string[] =>
  line
    .replace(/^\||\|$/g, '')
    .split('|')
    .map((cell) => cell.trim());

function Table({ lines }: { readonly lines: readonly string[] }) {
  const [head = '', , ...rows] = lines;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
    <section class="scroll" tabIndex={0} aria-label={cellsOf(head)[0] ?? 'Table'}>
      <table>
        <thead>
          <tr>
            {cellsOf(head).map((cell) => (
              <th key={cell} scope="col">
                <Prose text={cell} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row}>
              {cellsOf(row).map((cell) => (
                <td key={cell}>
                  <Prose text={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
