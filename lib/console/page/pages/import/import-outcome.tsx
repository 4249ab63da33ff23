import { useEffect, useState } from 'preact/hooks';
import { Card } from '../../components/card.tsx';
import { ReceiptCounts, RejectionTable } from '../../components/receipt.tsx';
import { bytes, count, counted, duration, short } from '../../state/format.ts';
import { useNow } from '../../state/now.ts';
import { hrefOf } from '../../state/place.ts';
import type { OpenedFile } from './open-file.ts';
import { rejectedRowsCsv } from './rejected-rows.ts';
import type { DroppedFileProgress } from './send-file.ts';

interface ImportRunningProps {
  readonly opened: OpenedFile;
  readonly progress: DroppedFileProgress;
  readonly startedAt: number;
  readonly onStop: () => void;
}

/** The progress of an import, its speed, and the time left. */
export function ImportRunning({ opened: { file }, progress, startedAt, onStop }: ImportRunningProps) {
  const now = useNow(500);
  const seconds = Math.max((now - startedAt) / 1000, 0.1);
  const share = Math.min(progress.bytes / file.size, 1);
  const left = share > 0.02 ? ` · about ${duration(((1 - share) / share) * seconds * 1000)} left` : '';
  return (
    <Card title="Importing">
      <div class="stack">
        <progress aria-label="Share of the file read" value={share} max={1} />
        <p class="number">
          {bytes(progress.bytes)} of {bytes(file.size)} · {counted(progress.received, 'row')} processed ·{' '}
          {short(progress.received / seconds)} rows/s{left}
        </p>
        {progress.rejected > 0 && <p class="number">{counted(progress.rejected, 'row')} rejected so far</p>}
        <div class="row">
          <button type="button" onClick={onStop}>
            Stop
          </button>
          <span class="small muted">What was stored stays. Going on, now or later, stores nothing twice.</span>
        </div>
      </div>
    </Card>
  );
}

interface ImportOutcomeProps {
  readonly opened: OpenedFile;
  readonly progress: DroppedFileProgress;
  readonly seconds: number;
  readonly isWhole: boolean;
  readonly symbol: string | undefined;
  readonly bars: string | undefined;
}

/** The receipts of all parts together, with a file of the rows that were not stored. */
export function ImportOutcome({ opened, progress, seconds, isWhole, symbol, bars }: ImportOutcomeProps) {
  const { received, batchIds, rejections, rejected, replayed } = progress;
  const rejectedFile = useBlobUrl(rejections.length === 0 ? undefined : rejectedRowsCsv(rejections));
  return (
    <Card title={isWhole ? 'Receipt' : 'Stopped'} aside={<Rate received={received} seconds={seconds} />}>
      <div class="stack">
        <p>
          <strong>{counted(received, 'row')}</strong> sent in {counted(batchIds.length, 'batch', 'batches')}.
        </p>
        <ReceiptCounts receipt={progress} />
        {replayed > 0 && (
          <p class="muted">
            {counted(replayed, 'batch', 'batches')} had been stored by an earlier import of this file. Nothing was
            stored twice.
          </p>
        )}
        {rejections.length > 0 && <RejectionTable rejections={rejections} total={rejected} />}
        <div class="row">
          {symbol !== undefined && progress.inserted + progress.duplicates > 0 && (
            <a class="button primary" href={hrefOf('data', { symbol, bars })}>
              Show {symbol}
            </a>
          )}
          {rejectedFile !== undefined && (
            <a class="button" href={rejectedFile} download={`${opened.file.name.replace(/(\.gz)?$/, '')}.rejected.csv`}>
              Download {counted(rejections.length, 'rejected row')}
            </a>
          )}
          {batchIds.slice(0, 5).map((id) => (
            <a key={id} href={hrefOf('batches', { id })} class="number">
              Batch {id}
            </a>
          ))}
        </div>
      </div>
    </Card>
  );
}

const Rate = ({ received, seconds }: { readonly received: number; readonly seconds: number }) => (
  <span class="small muted number">
    {duration(seconds * 1000)}, {count(received / Math.max(seconds, 0.1))} rows/s
  </span>
);

function useBlobUrl(text: string | undefined): string | undefined {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    if (text === undefined) return undefined;
    const made = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [text]);
  return url;
}
