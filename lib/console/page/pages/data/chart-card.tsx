import { useEffect, useRef } from 'preact/hooks';
import type { Instrument } from '../../../../../functions/contract/reference-data.ts';
import { Card } from '../../components/card.tsx';
import { ErrorNotice } from '../../components/notice.tsx';
import { count, short } from '../../state/format.ts';
import { useTheme } from '../../state/theme.ts';
import { OtherRows } from './other-rows.tsx';
import { PriceChart, type ShownPrices } from './price-chart.ts';
import { useCandles } from './use-candles.ts';
import { useRows } from './use-rows.ts';
import type { InstrumentView } from './view.ts';

interface ChartCardProps {
  readonly view: InstrumentView;
  readonly instrument: Instrument | undefined;
}

/** Candles with volume, or the rows as a line with bid and ask. Scrolling to the left loads earlier rows. */
export function ChartCard({ view, instrument }: ChartCardProps) {
  return view.kind === 'candles' ? (
    <Candles key={view.interval + view.of} view={view} instrument={instrument} />
  ) : (
    <Line view={view} instrument={instrument} />
  );
}

function Candles({ view, instrument }: ChartCardProps) {
  const { items: candles, hasMore, isLoading, error, loadMore } = useCandles(view);
  const last = candles.at(-1);
  const first = candles[0];
  const summary = `${count(candles.length)} candles of ${view.interval}${last ? `, the last closing at ${last.close}` : ''}`;
  return (
    <Card title={titleOf(view, instrument)} aside={<span class="small muted number">{summary}</span>}>
      {error && <ErrorNotice error={error} doing="Reading the chart" />}
      {(candles.length > 0 || isLoading) && (
        <Canvas shown={{ kind: 'candles', candles }} instrument={instrument} label={summary} onNearStart={loadMore} />
      )}
      <p class="small muted row">
        <span>{stateOf(isLoading, candles.length === 0, hasMore)}</span>
        {!isLoading && candles.length === 0 && <OtherRows symbol={view.selection.symbol} bars={view.selection.bars} />}
        {first && last && <span>Volume {short(candles.reduce((sum, { volume }) => sum + (volume ?? 0), 0))}</span>}
        <Credit />
      </p>
    </Card>
  );
}

function Line({ view, instrument }: ChartCardProps) {
  const { items: rows, hasMore, isLoading, error, loadMore } = useRows(view);
  const ticks = [...rows].reverse();
  const summary = `${count(rows.length)} rows${rows[0] ? `, the newest at ${rows[0].price ?? rows[0].bid}` : ''}`;
  return (
    <Card title={titleOf(view, instrument)} aside={<span class="small muted number">{summary}</span>}>
      {error && <ErrorNotice error={error} doing="Reading the chart" />}
      <Canvas
        shown={{ kind: 'line', ticks, quotes: true }}
        instrument={instrument}
        label={summary}
        onNearStart={loadMore}
      />
      <p class="small muted row">
        <span class="legend">
          {(['price', 'bid', 'ask'] as const).map((name) => (
            <span key={name}>
              <i style={{ color: `var(${{ price: '--series-1', bid: '--up', ask: '--down' }[name]})` }} />
              {name}
            </span>
          ))}
        </span>
        <span>{stateOf(isLoading, rows.length === 0, hasMore)}</span>
        <Credit />
      </p>
    </Card>
  );
}

const titleOf = ({ selection: { symbol } }: InstrumentView, instrument: Instrument | undefined): string =>
  instrument ? `${symbol} · ${instrument.name}` : symbol;

function stateOf(isLoading: boolean, isEmpty: boolean, hasMore: boolean): string {
  if (isLoading) return 'Loading';
  if (isEmpty) return 'Nothing is stored for this instrument and selection.';
  return hasMore ? 'Scroll to the left for earlier data.' : 'There is no earlier data.';
}

const Credit = () => (
  <span>
    Charts:{' '}
    <a href="https://www.tradingview.com/" rel="noreferrer">
      TradingView Lightweight Charts
    </a>
  </span>
);

interface CanvasProps {
  readonly shown: ShownPrices;
  readonly instrument: Instrument | undefined;
  readonly label: string;
  readonly onNearStart: () => void;
}

function Canvas({ shown, instrument, label, onNearStart }: CanvasProps) {
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<PriceChart | null>(null);
  const nearStart = useRef(onNearStart);
  nearStart.current = onNearStart;
  const theme = useTheme();
  const decimals = Math.min(instrument?.priceDecimals ?? 2, 8);
  // created again when the colours or the decimals change
  useEffect(() => {
    if (host.current === null) return undefined;
    const made = new PriceChart(host.current, shown.kind, decimals, () => nearStart.current());
    chart.current = made;
    return () => {
      made.remove();
      chart.current = null;
    };
  }, [theme, decimals, shown.kind]);
  // drawn again after the chart was created again
  useEffect(
    () => chart.current?.draw(shown),
    [shown.kind === 'candles' ? shown.candles : shown.ticks.length, theme, decimals],
  );
  return <div class="price-chart" ref={host} role="img" aria-label={label} />;
}
