import { useEffect, useState } from 'preact/hooks';
import type { Coverage as CoveredDay } from '../../../../../functions/contract/coverage.ts';
import { ApiError } from '../../api/request.ts';
import { Card } from '../../components/card.tsx';
import { Empty, ErrorNotice } from '../../components/notice.tsx';
import { count, counted } from '../../state/format.ts';
import { setParams } from '../../state/place.ts';
import { CoverageCalendar } from './coverage-calendar.tsx';
import { findGaps, type Gap } from './find-gaps.ts';
import { readCoverage } from './read-coverage.ts';
import type { InstrumentView } from './view.ts';

type Loaded = { readonly days: readonly CoveredDay[] } | { readonly error: ApiError } | undefined;

/** The number of rows per day, with gaps. A day links to its rows. */
export function Coverage({ view }: { readonly view: InstrumentView }) {
  const loaded = useCoverage(view);
  if (loaded === undefined) return <Card title="Coverage">Counting</Card>;
  if ('error' in loaded) return <ErrorNotice error={loaded.error} doing="Counting rows by day" />;
  const { days } = loaded;
  const total = days.reduce((sum, { rows }) => sum + rows, 0);
  const summary = `${counted(total, 'row')} on ${counted(days.length, 'day')}`;
  return (
    <>
      <Card title="Coverage" aside={<span class="small muted number">{summary}</span>}>
        {days.length === 0 ? <Empty>No rows.</Empty> : <CoverageCalendar days={days} onPick={showDay} />}
      </Card>
      <Gaps gaps={findGaps(days.filter(({ rows }) => rows > 0).map(({ period }) => period))} />
    </>
  );
}

const showDay = (day: string): void => setParams({ start: `${day}T00:00:00Z`, end: `${day}T23:59:59Z`, below: 'rows' });

function Gaps({ gaps }: { readonly gaps: readonly Gap[] }) {
  return (
    <Card title="Gaps" aside={<span class="small muted">Days from Monday to Friday without a row</span>}>
      {gaps.length === 0 ? (
        <p>No weekday between the first and the last row is empty.</p>
      ) : (
        <ul class="plain stack">
          {gaps.slice(0, 50).map(({ from, to, weekdays }) => (
            <li key={from} class="number">
              {from === to ? from : `${from} to ${to}`} <span class="muted">{counted(weekdays, 'weekday')}</span>
            </li>
          ))}
          {gaps.length > 50 && <li class="muted">and {count(gaps.length - 50)} more</li>}
        </ul>
      )}
    </Card>
  );
}

function useCoverage(view: InstrumentView): Loaded {
  const [loaded, setLoaded] = useState<Loaded>();
  // the key identifies the selection
  useEffect(() => {
    setLoaded(undefined);
    const control = new AbortController();
    readCoverage(view.selection, control.signal).then(
      (days) => setLoaded({ days }),
      (error: unknown) => {
        if (!control.signal.aborted)
          setLoaded({ error: error instanceof ApiError ? error : new ApiError(0, { detail: String(error) }) });
      },
    );
    return () => control.abort();
  }, [view.key]);
  return loaded;
}
