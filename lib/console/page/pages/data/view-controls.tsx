import { Segmented } from '../../components/segmented.tsx';
import { setParams } from '../../state/place.ts';
import { INTERVALS, isInterval, secondsOf } from './intervals.ts';
import { CANDLE_VALUES, type InstrumentView } from './view.ts';

/** The selection for an instrument: which rows, how they are drawn, which period. */
export function ViewControls({ view: { selection, kind, interval, of } }: { readonly view: InstrumentView }) {
  // a candle is at least as long as the bars that it is built from
  const { bars } = selection;
  const possible = INTERVALS.filter(
    (each) => !isInterval(bars ?? null) || secondsOf(each) >= secondsOf(bars as typeof interval),
  );
  return (
    <div class="row controls">
      <Segmented
        label="Chart"
        options={[
          ['candles', 'Candles'],
          ['line', 'Line and quotes'],
        ]}
        value={kind}
        onPick={(view) => setParams({ view })}
      />
      <label class="row">
        Rows
        <select
          value={selection.bars ?? ''}
          onChange={({ currentTarget }) => {
            const bars = isInterval(currentTarget.value) ? currentTarget.value : undefined;
            setParams({ bars, interval: undefined });
          }}
        >
          <option value="">ticks</option>
          {INTERVALS.map((each) => (
            <option key={each} value={each}>
              {each} bars
            </option>
          ))}
        </select>
      </label>
      {kind === 'candles' && (
        <label class="row">
          Candle
          <select value={interval} onChange={({ currentTarget }) => setParams({ interval: currentTarget.value })}>
            {possible.map((each) => (
              <option key={each} value={each}>
                {each}
              </option>
            ))}
          </select>
        </label>
      )}
      {kind === 'candles' && bars === undefined && (
        <label class="row">
          of
          <select value={of} onChange={({ currentTarget }) => setParams({ of: currentTarget.value })}>
            {CANDLE_VALUES.map((each) => (
              <option key={each} value={each}>
                {each}
              </option>
            ))}
          </select>
        </label>
      )}
      <details open={selection.start !== undefined || selection.end !== undefined || selection.includeDeleted === true}>
        <summary>Period and deleted rows</summary>
        <div class="row">
          <TimeField label="From" name="start" value={selection.start} />
          <TimeField label="To" name="end" value={selection.end} />
          <label class="row">
            <input
              type="checkbox"
              checked={selection.includeDeleted === true}
              onChange={({ currentTarget }) => setParams({ deleted: currentTarget.checked ? 'true' : undefined })}
            />
            Include deleted rows
          </label>
        </div>
      </details>
    </div>
  );
}

interface TimeFieldProps {
  readonly label: string;
  readonly name: 'start' | 'end';
  readonly value: string | undefined;
}

/** A time in UTC, to the second. */
function TimeField({ label, name, value }: TimeFieldProps) {
  return (
    <label class="row">
      {label} <span class="small muted">UTC</span>
      <input
        type="datetime-local"
        step="1"
        value={value?.slice(0, 19) ?? ''}
        onChange={({ currentTarget }) =>
          setParams({ [name]: currentTarget.value === '' ? undefined : `${currentTarget.value}Z` })
        }
      />
    </label>
  );
}
