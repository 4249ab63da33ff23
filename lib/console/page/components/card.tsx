import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface CardProps {
  readonly title?: ComponentChildren;
  /** Shown to the right of the title. */
  readonly aside?: ComponentChildren;
  /** Without padding, and with horizontal scrolling if it is wider than the screen: for tables. */
  readonly flush?: boolean;
  readonly children: ComponentChildren;
}

/** A titled box on the page. */
export function Card({ title, aside, flush = false, children }: CardProps) {
  const id = useId();
  if (title === undefined)
    return <section class="card">{flush ? children : <div class="body">{children}</div>}</section>;
  return (
    <section class="card" aria-labelledby={id}>
      <div class="head">
        <h2 id={id}>{title}</h2>
        {aside}
      </div>
      {flush ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
        <section class="scroll" aria-labelledby={id} tabIndex={0}>
          {children}
        </section>
      ) : (
        <div class="body">{children}</div>
      )}
    </section>
  );
}
