import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

export interface TableColumn<T> {
  readonly title: string;
  readonly isNumber?: boolean;
  readonly cell: (row: T) => ComponentChildren;
}

interface VirtualTableProps<T> {
  readonly label: string;
  readonly rows: readonly T[];
  readonly columns: readonly TableColumn<T>[];
  readonly keyOf: (row: T) => string | number;
  /** Called when the reader is near the last row. */
  readonly onNearEnd?: () => void;
}

const ROW_HEIGHT = 33;
const OVERSCAN = 12;
const MAX_HEIGHT = 480;

/** A table of any length that scrolls in its own box. Only visible rows are in the document. */
export function VirtualTable<T>({ label, rows, columns, keyOf, onNearEnd }: VirtualTableProps<T>) {
  const [top, setTop] = useState(0);
  const box = useRef<HTMLElement>(null);
  const first = Math.max(0, Math.floor(top / ROW_HEIGHT) - OVERSCAN);
  const visible = Math.ceil(MAX_HEIGHT / ROW_HEIGHT) + 2 * OVERSCAN;
  const shown = rows.slice(first, first + visible);
  const isNearEnd = first + visible >= rows.length - OVERSCAN;
  useEffect(() => {
    if (isNearEnd && rows.length > 0 && top > 0) onNearEnd?.();
  }, [isNearEnd, rows.length, top, onNearEnd]);
  return (
    <section
      class="virtual"
      ref={box}
      aria-label={label}
      style={{ maxHeight: `${MAX_HEIGHT}px` }}
      onScroll={({ currentTarget }) => setTop(currentTarget.scrollTop)}
    >
      <table aria-rowcount={rows.length + 1}>
        <thead>
          <tr>
            {columns.map(({ title, isNumber }) => (
              <th key={title} scope="col" class={isNumber ? 'number' : ''}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {first > 0 && <Spacer rows={first} columns={columns.length} />}
          {shown.map((row, index) => (
            <tr key={keyOf(row)} aria-rowindex={first + index + 2} style={{ height: `${ROW_HEIGHT}px` }}>
              {columns.map(({ title, isNumber, cell }) => (
                <td key={title} class={isNumber ? 'number' : ''}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
          {first + visible < rows.length && <Spacer rows={rows.length - first - visible} columns={columns.length} />}
        </tbody>
      </table>
    </section>
  );
}

const Spacer = ({ rows, columns }: { readonly rows: number; readonly columns: number }) => (
  <tr style={{ height: `${rows * ROW_HEIGHT}px` }}>
    <td colSpan={columns} />
  </tr>
);
