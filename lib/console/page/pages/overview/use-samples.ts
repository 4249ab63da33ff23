import { useEffect, useState } from 'preact/hooks';
import type { HealthStatus, Sample } from '../../../../../functions/contract/health.ts';
import { ApiError, get, query } from '../../api/request.ts';

export interface Judged {
  readonly status: HealthStatus;
  readonly alerts: readonly string[];
  readonly sample: Sample;
}

interface HistoryPage {
  readonly data: readonly Judged[];
  readonly nextCursor: string | null;
}

const PAGE = 200;
const EVERY_MS = 10_000;

/**
 * The samples of the last `seconds`, oldest first. The first time it reads as many pages as the period has; afterwards only
 * what is new. The service keeps 1,000 samples, which at one every 30 s is eight hours.
 * @returns no samples until the first time has ended
 */
export function useSamples(seconds: number): { samples: readonly Judged[] | undefined; error: ApiError | undefined } {
  const [samples, setSamples] = useState<readonly Judged[]>();
  const [error, setError] = useState<ApiError>();
  useEffect(() => {
    const control = new AbortController();
    let known: readonly Judged[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const follow = async () => {
      clearTimeout(timer);
      try {
        if (document.visibilityState === 'visible') {
          known = await newerSamples(known, Date.now() - seconds * 1000, control.signal);
          setSamples(known);
          setError(undefined);
        }
      } catch (failure) {
        if (control.signal.aborted) return;
        setError(failure instanceof ApiError ? failure : new ApiError(0, { detail: String(failure) }));
      }
      if (!control.signal.aborted) timer = setTimeout(follow, EVERY_MS);
    };
    void follow();
    document.addEventListener('visibilitychange', follow);
    return () => {
      control.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', follow);
    };
  }, [seconds]);
  return { samples, error };
}

/** Reads backwards to a sample that is already known or older than `since`. */
async function newerSamples(known: readonly Judged[], since: number, signal: AbortSignal): Promise<Judged[]> {
  const newest = known.at(-1)?.sample.takenAt ?? '';
  const fresh: Judged[] = [];
  let cursor: string | null = null;
  do {
    const limit: number = known.length > 0 ? 10 : PAGE;
    const page: HistoryPage = await get(`/v1/health/history${query({ limit, cursor })}`, signal);
    const unknown = page.data.filter(({ sample }) => sample.takenAt > newest && Date.parse(sample.takenAt) >= since);
    fresh.push(...unknown);
    cursor = unknown.length === page.data.length ? page.nextCursor : null;
  } while (cursor !== null);
  const kept = known.filter(({ sample }) => Date.parse(sample.takenAt) >= since);
  return [...kept, ...fresh.reverse()];
}
