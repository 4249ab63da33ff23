import type { CallOptions, Database, Statement } from '../database/database.ts';
import type { Logger } from '../runtime/logger.ts';
import { refreshCounts, refreshDueBars } from './sql/refresh.ts';

/**
 * A day is refreshed once it has not changed for this long. A day that is being written to would otherwise be read
 * again and again. Seconds.
 */
const QUIET_SECONDS = 300;
/** The limits of one statement, well within the 20 s of the role's `statement_timeout`: days, rows in them, seconds. */
const DAYS = 500;
const ROWS = 2_000_000;
const BUDGET_SECONDS = 5;

/**
 * Refreshes counts and bars of days that have changed, until nothing is due or time is up. Reads are exact without it,
 * and slower.
 * @param until the latest time for a statement to begin. Epoch milliseconds
 * @throws DatabaseError
 */
export async function refreshRollups(
  database: Database,
  options: CallOptions,
  logger: Logger,
  until: number,
): Promise<void> {
  const repeat = async (statement: Statement): Promise<number> => {
    let days = 0;
    while (Date.now() < until) {
      const [row] = await database.run<{ refreshed: number }>(statement, options);
      if (!row?.refreshed) break;
      days += row.refreshed;
    }
    return days;
  };
  const counted = await repeat(refreshCounts(null, QUIET_SECONDS, DAYS, ROWS));
  const bars = await repeat(refreshDueBars(QUIET_SECONDS, BUDGET_SECONDS));
  if (counted + bars > 0) logger.info('roll-ups refreshed', { counted, bars });
}
