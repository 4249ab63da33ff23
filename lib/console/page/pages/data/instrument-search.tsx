import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { Instrument } from '../../../../../functions/contract/reference-data.ts';
import { searchInstruments } from '../../api/market-data.ts';
import { Icon } from '../../components/icon.tsx';

interface InstrumentSearchProps {
  readonly symbol: string;
  readonly onPick: (symbol: string) => void;
}

const PAUSE_MS = 150;

/** A combobox of instruments: by symbol or name, with the arrow keys or a finger. `/` moves the focus here. */
export function InstrumentSearch({ symbol, onPick }: InstrumentSearchProps) {
  const [text, setText] = useState<string>();
  const [found, setFound] = useState<readonly Instrument[]>([]);
  const [failure, setFailure] = useState<string>();
  const [active, setActive] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  const isOpen = text !== undefined;

  useEffect(() => {
    if (text === undefined) return undefined;
    const control = new AbortController();
    const timer = setTimeout(() => {
      searchInstruments(text, control.signal).then(
        (instruments) => {
          setFound(instruments);
          setFailure(undefined);
          setActive(0);
        },
        (error: Error) => {
          if (!control.signal.aborted) setFailure(`Searching failed: ${error.message}`);
        },
      );
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      control.abort();
    };
  }, [text]);

  const pick = (instrument: Instrument | undefined) => {
    if (instrument) onPick(instrument.symbol);
    setText(undefined);
    input.current?.blur();
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setActive(Math.min(active + 1, found.length - 1));
    else if (event.key === 'ArrowUp') setActive(Math.max(active - 1, 0));
    else if (event.key === 'Enter') pick(found[active]);
    else if (event.key === 'Escape') pick(undefined);
    else return;
    event.preventDefault();
  };
  return (
    <div class="search">
      <Icon name="search" />
      <input
        ref={input}
        data-search
        role="combobox"
        aria-label="Instrument"
        aria-expanded={isOpen}
        aria-controls={`${id}-list`}
        aria-activedescendant={isOpen && found[active] ? `${id}-${active}` : undefined}
        aria-autocomplete="list"
        autocomplete="off"
        spellcheck={false}
        placeholder="Symbol or name"
        value={text ?? symbol}
        onFocus={({ currentTarget }) => {
          setText('');
          currentTarget.select();
        }}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
        onKeyDown={press}
        onBlur={() => setText(undefined)}
      />
      {isOpen && failure !== undefined && (
        <p class="small" role="alert">
          {failure}
        </p>
      )}
      <div
        class="options"
        role="listbox"
        id={`${id}-list`}
        aria-label="Instruments"
        hidden={!isOpen || found.length === 0}
      >
        {found.map((instrument, index) => (
          // biome-ignore lint/a11y/useFocusableInteractive: as above
          // biome-ignore lint/a11y/useKeyWithClickEvents: the input takes the keys
          <div
            key={instrument.symbol}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === active}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => pick(instrument)}
          >
            <b>{instrument.symbol}</b> <span class="muted">{instrument.name}</span>
          </div>
        ))}
      </div>
    </div>
  );
}
