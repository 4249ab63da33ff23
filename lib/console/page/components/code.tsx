/** Program text that can be scrolled by keyboard, with a button to copy it. */
export function Code({ label, text }: { readonly label: string; readonly text: string }) {
  return (
    <div class="code">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard */}
      <section tabIndex={0} aria-label={label}>
        <pre>{text}</pre>
      </section>
      <button
        type="button"
        class="quiet"
        aria-label={`Copy: ${label}`}
        onClick={() => navigator.clipboard.writeText(text)}
      >
        Copy
      </button>
    </div>
  );
}
