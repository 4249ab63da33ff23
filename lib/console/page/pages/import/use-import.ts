import { useRef, useState } from 'preact/hooks';
import { ApiError, request } from '../../api/request.ts';
import type { OpenedFile } from './open-file.ts';
import { type DroppedFileProgress, type IngestParameters, NOTHING_SENT, sendFile } from './send-file.ts';

interface ImportRun {
  readonly state: 'ready' | 'running' | 'done' | 'stopped';
  readonly progress: DroppedFileProgress;
  readonly error: ApiError | undefined;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly seconds: number;
}

const READY: ImportRun = { state: 'ready', progress: NOTHING_SENT, error: undefined, startedAt: 0, seconds: 0 };
/** The shortest time between two updates of the page; a fast import reports thousands of times. */
const SHOW_MS = 100;

/** One import of one file, from start to end. */
export function useImport(opened: OpenedFile) {
  const [run, setRun] = useState(READY);
  const control = useRef(new AbortController());
  const start = async (parameters: IngestParameters, symbol: string | undefined, priceDecimals: number) => {
    control.current = new AbortController();
    const { signal } = control.current;
    const startedAt = Date.now();
    let [latest, shownAt] = [NOTHING_SENT, 0];
    const end = (state: 'done' | 'stopped', error?: ApiError) =>
      setRun({ state, progress: latest, error, startedAt, seconds: (Date.now() - startedAt) / 1000 });
    setRun({ ...READY, state: 'running', startedAt });
    try {
      if (symbol !== undefined) await createMissing({ symbol, priceDecimals }, signal);
      await sendFile(
        opened,
        { ...parameters, symbol },
        (progress) => {
          latest = progress;
          if (Date.now() - shownAt < SHOW_MS) return;
          shownAt = Date.now();
          setRun((before) => ({ ...before, progress }));
        },
        signal,
      );
      end('done');
    } catch (error) {
      // one part has failed: the others in progress are not awaited, and are sent again when the import continues
      control.current.abort();
      if (error instanceof ApiError) end('stopped', error);
      else if (signal.aborted) end('stopped');
      else end('stopped', new ApiError(0, { detail: error instanceof Error ? error.message : String(error) }));
    }
  };
  return { ...run, start, stop: () => control.current.abort(), reset: () => setRun(READY) };
}

/** An instrument that exists is left unchanged. */
async function createMissing(wanted: { symbol: string; priceDecimals: number }, signal: AbortSignal): Promise<void> {
  const { symbol, priceDecimals } = wanted;
  const path = `/v1/instruments/${encodeURIComponent(symbol)}`;
  try {
    await request(path, { signal });
  } catch (error) {
    if (!(error instanceof ApiError) || error.problem.code !== 'instrument_not_found') throw error;
    await request(path, { method: 'PUT', json: { name: symbol, priceDecimals }, signal });
  }
}
