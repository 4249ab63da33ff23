import { useEffect, useState } from 'preact/hooks';
import { readTicks } from '../../api/market-data.ts';
import { setParams } from '../../state/place.ts';
import { type ChartInterval, INTERVALS } from './intervals.ts';

/** If nothing is stored for a selection: which other rows the instrument has. Ticks and bars are separate. */
export function OtherRows({ symbol, bars }: { readonly symbol: string; readonly bars: string | undefined }) {
  const [found, setFound] = useState<readonly (ChartInterval | 'ticks')[]>();
  useEffect(() => {
    const control = new AbortController();
    const has = async (kind: ChartInterval | 'ticks') => {
      const selection = kind === 'ticks' ? { symbol } : { symbol, bars: kind };
      const { data } = await readTicks(selection, { limit: 1 }, control.signal);
      return data.length > 0 ? [kind] : [];
    };
    Promise.all((['ticks', ...INTERVALS] as const).map((kind) => has(kind).catch(() => []))).then(
      (lists) => !control.signal.aborted && setFound(lists.flat()),
    );
    return () => control.abort();
  }, [symbol]);
  const others = (found ?? []).filter((kind) => kind !== (bars ?? 'ticks'));
  if (others.length === 0) return null;
  return (
    <div class="row" role="status">
      <span>It has</span>
      {others.map((kind) => (
        <button
          key={kind}
          type="button"
          onClick={() => setParams({ bars: kind === 'ticks' ? undefined : kind, interval: undefined })}
        >
          {kind === 'ticks' ? 'ticks' : `${kind} bars`}
        </button>
      ))}
    </div>
  );
}
