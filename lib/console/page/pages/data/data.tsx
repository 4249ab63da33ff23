import { useEffect, useState } from 'preact/hooks';
import type { Instrument } from '../../../../../functions/contract/reference-data.ts';
import { get } from '../../api/request.ts';
import { Card } from '../../components/card.tsx';
import { Empty } from '../../components/notice.tsx';
import { Segmented } from '../../components/segmented.tsx';
import { hrefOf, setParams } from '../../state/place.ts';
import { ChartCard } from './chart-card.tsx';
import { Coverage } from './coverage.tsx';
import { InstrumentSearch } from './instrument-search.tsx';
import { RowTable } from './row-table.tsx';
import { readView } from './view.ts';
import { ViewControls } from './view-controls.tsx';

/** The stored data of one instrument: chart, rows, coverage. The address contains the whole selection. */
export function Data({ params }: { readonly params: URLSearchParams }) {
  const view = readView(params);
  const instrument = useInstrument(view?.selection.symbol);
  return (
    <>
      <div class="page-head">
        <h1>Data</h1>
        <InstrumentSearch symbol={view?.selection.symbol ?? ''} onPick={pick} />
      </div>
      {view === undefined ? (
        <Card>
          <Empty>
            <p>Search an instrument by its symbol or name to see what is stored of it.</p>
            <p>
              Nothing stored yet? <a href={hrefOf('import')}>Drop a file</a>
            </p>
          </Empty>
        </Card>
      ) : (
        <>
          <ViewControls view={view} />
          <ChartCard key={view.key} view={view} instrument={instrument} />
          <Segmented
            label="Below the chart"
            options={[
              ['rows', 'Rows'],
              ['coverage', 'Coverage and gaps'],
            ]}
            value={view.below}
            onPick={(below) => setParams({ below })}
          />
          {view.below === 'coverage' ? (
            <Coverage view={view} />
          ) : (
            <RowTable key={view.key} view={view} decimals={instrument?.priceDecimals ?? 4} />
          )}
        </>
      )}
    </>
  );
}

/** Another instrument has other times, so the period is removed and the rest is kept. */
const pick = (symbol: string): void => setParams({ symbol, start: undefined, end: undefined });

/** Undefined until it is loaded. If it cannot be loaded, neither can its rows, and their card shows the problem. */
function useInstrument(symbol: string | undefined): Instrument | undefined {
  const [instrument, setInstrument] = useState<Instrument>();
  useEffect(() => {
    setInstrument(undefined);
    if (symbol === undefined) return undefined;
    const control = new AbortController();
    get<Instrument>(`/v1/instruments/${encodeURIComponent(symbol)}`, control.signal).then(
      setInstrument,
      () => undefined,
    );
    return () => control.abort();
  }, [symbol]);
  return instrument;
}
