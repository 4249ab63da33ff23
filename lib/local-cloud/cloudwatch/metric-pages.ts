import type { LocalPage } from '../machine/local-page.ts';
import type { Monitor } from './monitor.ts';

/** Longer than metrics are kept there is nothing. Minutes. */
const MOST_MINUTES = 180;

/**
 * Pages of `/_local` for charts:
 * - `series?namespace=AWS/Lambda&name=Invocations&statistic=Sum&minutes=60`: that statistic by the minute, of every metric
 *   of the name, by its dimensions;
 * - `signal?name=ALARM&minutes=60`: what a metric alarm looks at, with its threshold;
 * - `silences`: alarms that do not notify anybody for a while.
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
