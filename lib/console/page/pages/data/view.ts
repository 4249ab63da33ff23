import type { TickSelection } from '../../api/market-data.ts';
import { type ChartInterval, isInterval } from './intervals.ts';

/** What the data page shows, as encoded in the address. */
export interface InstrumentView {
  readonly selection: TickSelection;
  readonly kind: 'candles' | 'line';
  /** The length of a candle. */
  readonly interval: ChartInterval;
  /** The field of a tick that candles are built from. */
  readonly of: CandleValue;
  readonly below: 'rows' | 'coverage';
  /** Changes whenever other rows must be requested. */
  readonly key: string;
}

export const CANDLE_VALUES = ['price', 'mid', 'bid', 'ask'] as const;
export type CandleValue = (typeof CANDLE_VALUES)[number];

/** Undefined if no instrument is chosen. */
export function readView(params: URLSearchParams): InstrumentView | undefined {
  const symbol = params.get('symbol');
  if (symbol === null || symbol === '') return undefined;
  const text = (name: string) => params.get(name) ?? undefined;
  const bars = isInterval(params.get('bars')) ? (params.get('bars') as ChartInterval) : undefined;
  const chosen = params.get('interval');
  const interval = isInterval(chosen) ? chosen : (bars ?? '1m');
  const selection: TickSelection = {
    ...{ symbol, bars, start: text('start'), end: text('end') },
    includeDeleted: params.get('deleted') === 'true',
  };
  return {
    selection,
    interval,
    kind: params.get('view') === 'line' ? 'line' : 'candles',
    // a stored bar has only prices
    of: bars === undefined ? (CANDLE_VALUES.find((value) => value === params.get('of')) ?? 'price') : 'price',
    below: params.get('below') === 'coverage' ? 'coverage' : 'rows',
    key: JSON.stringify(selection),
  };
}
