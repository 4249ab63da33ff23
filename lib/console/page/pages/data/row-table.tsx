import type { Tick } from '../../../../../functions/contract/market-data.ts';
import { Card } from '../../components/card.tsx';
import { ErrorNotice } from '../../components/notice.tsx';
import { VirtualTable } from '../../components/virtual-table.tsx';
import { count, exactTime } from '../../state/format.ts';
import { hrefOf } from '../../state/place.ts';
import { useRows } from './use-rows.ts';
import type { InstrumentView } from './view.ts';

interface RowTableProps {
  readonly view: InstrumentView;
  readonly decimals: number;
}

const NUMBERS = [
  ['price', 'Price'],
  ['volume', 'Volume'],
  ['bid', 'Bid'],
  ['ask', 'Ask'],
  ['bidSize', 'Bid size'],
  ['askSize', 'Ask size'],
  ['openPrice', 'Open'],
  ['highPrice', 'High'],
  ['lowPrice', 'Low'],
  ['sequence', 'Sequence'],
] as const satisfies readonly (readonly [keyof Tick, string])[];
const PRICES: ReadonlySet<string> = new Set(['price', 'bid', 'ask', 'openPrice', 'highPrice', 'lowPrice']);

/** The stored rows, newest first. Only visible rows are in the page, and further pages are loaded while scrolling. */
export function RowTable({ view, decimals }: RowTableProps) {
  const { items: rows, hasMore, isLoading, error, loadMore } = useRows(view);
  const used = NUMBERS.filter(([field]) => field === 'price' || rows.some((row) => row[field] !== null));
  const number = (field: string, value: number | null) =>
    value === null ? '' : PRICES.has(field) ? value.toFixed(Math.min(decimals, 8)) : String(value);
  return (
    <Card title="Rows" aside={<span class="small muted number">{stateOf(rows.length, hasMore, isLoading)}</span>} flush>
      {error && <ErrorNotice error={error} doing="Reading rows" />}
      <VirtualTable
        label="Rows, newest first"
        rows={rows}
        keyOf={(row) => row.id}
        onNearEnd={loadMore}
        columns={[
          { title: 'Time (UTC)', cell: (row) => <span class="mono">{exactTime(row.timestamp)}</span> },
          ...used.map(([field, title]) => ({ title, isNumber: true, cell: (row: Tick) => number(field, row[field]) })),
          { title: 'Id', isNumber: true, cell: (row: Tick) => row.id },
          {
            title: 'Batch',
            isNumber: true,
            cell: (row: Tick) => <a href={hrefOf('batches', { id: row.batchId })}>{row.batchId}</a>,
          },
          ...(view.selection.includeDeleted
            ? [
                {
                  title: 'Deleted by',
                  isNumber: true,
                  cell: (row: Tick) =>
                    row.deletedBy === null ? (
                      ''
                    ) : (
                      <a href={hrefOf('operations', { id: row.deletedBy })}>{row.deletedBy}</a>
                    ),
                },
              ]
            : []),
        ]}
      />
    </Card>
  );
}

function stateOf(length: number, hasMore: boolean, isLoading: boolean): string {
  const known = `${count(length)} read`;
  if (isLoading) return `${known}, loading`;
  return hasMore ? `${known}, more below` : `${known}, all there are`;
}
