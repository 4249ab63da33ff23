import {
  CandlestickSeries,
  ColorType,
  createChart,
  HistogramSeries,
  type IChartApi,
  type ISeriesApi,
  LineSeries,
  type UTCTimestamp,
} from 'lightweight-charts';
import type { Tick } from '../../../../../functions/contract/market-data.ts';
import { colour } from '../../state/theme.ts';
import type { Candle } from './candles.ts';

/** Older bars are requested when the reader is this close to the oldest one. Bars. */
const NEAR_THE_START = 50;

/** What the chart shows. Candles have volume below them. A line shows the rows themselves, with their quotes. */
export type ShownPrices =
  | { readonly kind: 'candles'; readonly candles: readonly Candle[] }
  | { readonly kind: 'line'; readonly ticks: readonly Tick[]; readonly quotes: boolean };

/** A price chart in an element. It draws the given data and reports when the reader is near its start. */
export class PriceChart {
  readonly #chart: IChartApi;
  readonly #price: ISeriesApi<'Candlestick'> | ISeriesApi<'Line'>;
  readonly #others: Readonly<Record<string, ISeriesApi<'Histogram'> | ISeriesApi<'Line'>>>;
  #isFitted = false;

  constructor(element: HTMLElement, kind: ShownPrices['kind'], decimals: number, onNearStart: () => void) {
    this.#chart = createChart(element, optionsOf(kind));
    const priceFormat = { type: 'price', precision: decimals, minMove: 10 ** -decimals } as const;
    if (kind === 'candles') {
      const [up, down] = [colour('--up'), colour('--down')];
      const candle = {
        upColor: up,
        wickUpColor: up,
        borderUpColor: up,
        downColor: down,
        wickDownColor: down,
        borderDownColor: down,
      };
      this.#price = this.#chart.addSeries(CandlestickSeries, { ...candle, priceFormat });
      const volume = this.#chart.addSeries(HistogramSeries, {
        priceFormat: { type: 'volume' },
        priceScaleId: 'volume',
        lastValueVisible: false,
        priceLineVisible: false,
      });
      this.#chart.priceScale('volume').applyOptions({ scaleMargins: { top: 0.82, bottom: 0 } });
      this.#chart.priceScale('right').applyOptions({ scaleMargins: { top: 0.06, bottom: 0.22 } });
      this.#others = { volume };
    } else {
      const line = (series: string, width: 1 | 2) =>
        this.#chart.addSeries(LineSeries, {
          color: colour(series),
          lineWidth: width,
          priceFormat,
          priceLineVisible: false,
        });
      this.#price = line('--series-1', 2);
      this.#others = { bid: line('--up', 1), ask: line('--down', 1) };
    }
    this.#chart.timeScale().subscribeVisibleLogicalRangeChange((range) => {
      if (range !== null && this.#isFitted && range.from < NEAR_THE_START) onNearStart();
    });
  }

  /** Replaces the data. At first the newest part fills the chart; later the reader's position is kept. */
  draw(shown: ShownPrices): void {
    const range = this.#isFitted ? this.#chart.timeScale().getVisibleRange() : null;
    if (shown.kind === 'candles') this.#drawCandles(shown.candles);
    else this.#drawLine(shown.ticks, shown.quotes);
    const length = shown.kind === 'candles' ? shown.candles.length : shown.ticks.length;
    if (length === 0) return;
    const scale = this.#chart.timeScale();
    if (range === null) scale.setVisibleLogicalRange({ from: Math.max(-2, length - 160), to: length + 3 });
    this.#isFitted = true;
  }

  remove(): void {
    this.#chart.remove();
  }

  #drawCandles(candles: readonly Candle[]): void {
    (this.#price as ISeriesApi<'Candlestick'>).setData(
      candles.map(({ time, open, high, low, close }) => ({ time: time as UTCTimestamp, open, high, low, close })),
    );
    const [up, down] = [`${colour('--up')}66`, `${colour('--down')}66`];
    (this.#others['volume'] as ISeriesApi<'Histogram'>).setData(
      candles.flatMap(({ time, open, close, volume }) =>
        volume === null ? [] : [{ time: time as UTCTimestamp, value: volume, color: close >= open ? up : down }],
      ),
    );
  }

  #drawLine(ticks: readonly Tick[], quotes: boolean): void {
    (this.#price as ISeriesApi<'Line'>).setData(pointsOf(ticks, 'price'));
    (this.#others['bid'] as ISeriesApi<'Line'>).setData(quotes ? pointsOf(ticks, 'bid') : []);
    (this.#others['ask'] as ISeriesApi<'Line'>).setData(quotes ? pointsOf(ticks, 'ask') : []);
  }
}

/** One point per time: of several ticks with the same time the last one counts. */
function pointsOf(ticks: readonly Tick[], field: 'price' | 'bid' | 'ask') {
  const byTime = new Map<number, number>();
  for (const tick of ticks) {
    const value = tick[field];
    if (value !== null) byTime.set(Date.parse(tick.timestamp) / 1000, value);
  }
  return [...byTime].sort(([a], [b]) => a - b).map(([time, value]) => ({ time: time as UTCTimestamp, value }));
}

function optionsOf(kind: ShownPrices['kind']) {
  const line = { color: colour('--grid') };
  return {
    autoSize: true,
    layout: {
      background: { type: ColorType.Solid, color: colour('--surface') },
      textColor: colour('--muted'),
      fontFamily: 'system-ui, sans-serif',
      // the attribution is below the chart, as text
      attributionLogo: false,
    },
    grid: { vertLines: line, horzLines: line },
    rightPriceScale: { borderColor: colour('--border') },
    timeScale: {
      borderColor: colour('--border'),
      timeVisible: true,
      secondsVisible: kind === 'line',
      minBarSpacing: 0.5,
    },
    localization: { locale: 'en-GB' },
  };
}
