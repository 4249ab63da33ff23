/** Paths on a grid of 24, drawn in the text's colour. */
const PATHS = {
  overview: 'M4 13h4l2-7 4 12 2-5h4',
  data: 'M7 4v3m0 10v3M5 7h4v10H5zM17 3v4m0 8v4M15 7h4v8h-4z',
  import: 'M12 15V4m0 0 4 4m-4-4L8 8M4 15v4h16v-4',
  batches: 'm12 3 9 5-9 5-9-5zM3 12.5l9 5 9-5M3 17l9 5 9-5',
  operations: 'M9 7H4V2M4.5 7A9 9 0 1 1 3 12',
  alarms: 'M12 3a6 6 0 0 0-6 6c0 6-2 7-2 7h16s-2-1-2-7a6 6 0 0 0-6-6ZM10 20a2 2 0 0 0 4 0',
  messages: 'M4 5h16v11H9l-5 4z',
  api: 'm8 7-5 5 5 5m8-10 5 5-5 5M14 4l-4 16',
  more: 'M5 12h.01M12 12h.01M19 12h.01',
  ok: 'm5 13 4.5 4.5L19 7',
  warning: 'M12 3 2.5 20h19zM12 10v4m0 3h.01',
  critical: 'M8 3h8l5 5v8l-5 5H8l-5-5V8zM12 8v5m0 3h.01',
  unknown: 'M9 9a3 3 0 1 1 4 3c-1 .5-1 1-1 2m0 3h.01',
  moon: 'M20 14A8 8 0 1 1 10 4a7 7 0 0 0 10 10Z',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8Zm0-6v2m0 16v2M2 12h2m16 0h2M5 5l1.5 1.5m11 11L19 19M5 19l1.5-1.5m11-11L19 5',
  search: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14Zm5 12 5 5',
  close: 'M6 6l12 12M18 6 6 18',
  keyboard: 'M3 6h18v12H3zM7 10h.01M12 10h.01M17 10h.01M8 14h8',
  silence: 'M4 4l16 16M18 13V9a6 6 0 0 0-9-5.2M6 9c0 6-2 7-2 7h12M10 20a2 2 0 0 0 4 0',
} as const;
export type IconName = keyof typeof PATHS;

/** A picture next to a text with the same meaning; assistive technology skips it. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true" focusable="false">
      <path
        d={PATHS[name]}
        fill="none"
        stroke="currentColor"
        stroke-width={name === 'more' ? 3 : 1.9}
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}
