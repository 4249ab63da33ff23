interface SegmentedProps<T extends string> {
  readonly label: string;
  readonly options: readonly (readonly [value: T, title: string])[];
  readonly value: T;
  readonly onPick: (value: T) => void;
}

/** A choice of one option among a few, all of them visible. */
export function Segmented<T extends string>({ label, options, value, onPick }: SegmentedProps<T>) {
  return (
    <fieldset class="segmented" aria-label={label}>
      {options.map(([each, title]) => (
        <button key={each} type="button" aria-pressed={each === value} onClick={() => onPick(each)}>
          {title}
        </button>
      ))}
    </fieldset>
  );
}
