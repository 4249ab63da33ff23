import { useEffect, useState } from 'preact/hooks';
import type { Instrument } from '../../../../../functions/contract/reference-data.ts';
import { ApiError, get } from '../../api/request.ts';

interface InstrumentFieldsProps {
  readonly hasSymbol: boolean;
  readonly symbol: string;
  readonly onSymbol: (symbol: string) => void;
  /** Whether to create instruments that rows name but that do not exist. */
  readonly creates: boolean;
  readonly onCreates: (creates: boolean) => void;
}

/** The instrument of the rows, if the rows do not name it themselves. */
export function InstrumentFields({ hasSymbol, symbol, onSymbol, creates, onCreates }: InstrumentFieldsProps) {
  const known = useKnown(hasSymbol ? '' : symbol.trim());
  if (hasSymbol)
    return (
      <div class="stack">
        <p>Each row names its instrument.</p>
        <label class="row">
          <input type="checkbox" checked={creates} onChange={({ currentTarget }) => onCreates(currentTarget.checked)} />
          Create instruments that do not exist; otherwise their rows are rejected
        </label>
      </div>
    );
  return (
    <div class="row">
      <label class="field">
        Symbol
        <input
          value={symbol}
          spellcheck={false}
          autocomplete="off"
          onInput={({ currentTarget }) => onSymbol(currentTarget.value)}
        />
      </label>
      <span class="muted" role="status">
        {known === 'missing' && 'Does not exist yet: it is created with the import.'}
        {typeof known === 'object' && `${known.name}, ${known.type}, prices with ${known.priceDecimals} decimals.`}
      </span>
    </div>
  );
}

function useKnown(symbol: string): Instrument | 'missing' | undefined {
  const [known, setKnown] = useState<Instrument | 'missing'>();
  useEffect(() => {
    setKnown(undefined);
    if (symbol === '') return undefined;
    const control = new AbortController();
    const timer = setTimeout(() => {
      get<Instrument>(`/v1/instruments/${encodeURIComponent(symbol)}`, control.signal).then(
        setKnown,
        (error: unknown) => {
          if (error instanceof ApiError && error.status === 404) setKnown('missing');
        },
      );
    }, 250);
    return () => {
      clearTimeout(timer);
      control.abort();
    };
  }, [symbol]);
  return known;
}
