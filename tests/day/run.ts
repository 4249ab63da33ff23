import { parseArgs } from 'node:util';
import { describeDays } from './describe-days.ts';
import { findGrowth } from './find-growth.ts';
import { runDays } from './run-days.ts';

/** `npm run day`: runs more and longer simulated trading days than the end-to-end tests. Fails if something grows. */

const { values } = parseArgs({
  options: {
    days: { type: 'string', default: '5' },
    minutes: { type: 'string', default: '30' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const [days, minutes, seed] = [Number(values.days), Number(values.minutes), Number(values.seed)];
if (![days, minutes, seed].every(Number.isInteger) || days < 4 || minutes < 1)
  throw new Error('--days is 4 or more, --minutes 1 or more, --seed a whole number');
console.log(`days: ${days}, minutes of trading each: ${minutes}, seed: ${seed}`);
const reports = await runDays({
  ...{ days, minutes, seed },
  onDay: (day, { requests }) => console.log(`day ${day + 1}: ${requests} requests`),
});
console.log(`\n${describeDays(reports)}\n`);
const growth = findGrowth(reports);
console.log(growth.length === 0 ? 'Nothing grows but what is kept for ever.' : growth.join('\n'));
process.exitCode = growth.length === 0 ? 0 : 1;
