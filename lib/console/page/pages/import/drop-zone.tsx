import { useRef, useState } from 'preact/hooks';
import { Icon } from '../../components/icon.tsx';

/** Accepts files by drag and drop, or by a file picker. */
export function DropZone({ onFiles }: { readonly onFiles: (files: readonly File[]) => void }) {
  const [isOver, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    onFiles([...(event.dataTransfer?.files ?? [])]);
  };
  const over = (event: DragEvent) => {
    event.preventDefault();
    setOver(true);
  };
  return (
    <section
      class={`card drop-zone ${isOver ? 'over' : ''}`}
      aria-label="Drop files"
      onDragOver={over}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <Icon name="import" />
      <p>
        <strong>Drop a file of ticks or bars</strong>
      </p>
      <p class="muted">
        CSV in any dialect, or NDJSON, plain or gzip. Nothing is sent before you have seen how it is read.
      </p>
      <input
        ref={input}
        class="visually-hidden"
        id="file"
        type="file"
        multiple
        accept=".csv,.tsv,.txt,.gz,.ndjson,.jsonl,text/csv,application/gzip"
        onChange={({ currentTarget }) => onFiles([...(currentTarget.files ?? [])])}
      />
      <label class="button primary" for="file">
        Choose files
      </label>
    </section>
  );
}
