import type { LocalPage } from '../machine/local-page.ts';
import type { Monitor } from './monitor.ts';

/** Metrics are kept for this long. Minutes. */
const MOST_MINUTES = 180;

/**
 * Pages of `/_local` for charts:
 * - `series?namespace=AWS/Lambda&name=Invocations&statistic=Sum&minutes=60`: that statistic per minute, for every
 *   metric of the name, by its dimensions;
 * - `signal?name=ALARM&minutes=60`: the series that a metric alarm evaluates, with its threshold;
 * - `silences`: alarms that are silenced for a while.
 */
export function metricPages({ metrics, alarms }: Monitor): Readonly<Record<string, LocalPage>> {
  return {
    series: (query) => {
      const [namespace, name, statistic] = ['namespace', 'name', 'statistic'].map((key) => query.get(key));
      if (!namespace || !name || !statistic) return [];
      return metrics.series({ namespace, name, statistic }, minutesOf(query));
    },
    signal: (query) => alarms.signal(query.get('name') ?? '', minutesOf(query)),
    silences: () => alarms.silences.list(),
  };
}

function minutesOf(query: URLSearchParams): number {
  const minutes = Number(query.get('minutes') ?? 60);
  return Number.isFinite(minutes) ? Math.min(Math.max(Math.floor(minutes), 1), MOST_MINUTES) : 60;
}
