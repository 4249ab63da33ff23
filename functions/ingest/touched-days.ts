import { DAY_MICROS } from '../contract/time.ts';
import type { Touched } from '../ledger/sql/batch-ledger.ts';
import type { RecordColumns } from './record-columns.ts';

/** The distinct (instrument, day) pairs of the accepted rows, in order of first occurrence. */
export function touchedDays({ instruments, timestamps, length }: RecordColumns): Touched {
  const seen = new Map<number, Set<number>>();
  const pairs: [instrument: number, day: number][] = [];
  let lastInstrument = -1;
  let lastDay = -1;
  for (let row = 0; row < length; row++) {
    const instrument = instruments[row] as number;
    const day = Math.floor((timestamps[row] as number) / DAY_MICROS);
    if (instrument === lastInstrument && day === lastDay) continue;
    lastInstrument = instrument;
    lastDay = day;
    const days = seen.get(instrument);
    if (days?.has(day)) continue;
    if (days) days.add(day);
    else seen.set(instrument, new Set([day]));
    pairs.push([instrument, day]);
  }
  return {
    instruments: Int32Array.from(pairs, ([instrument]) => instrument),
    days: Int32Array.from(pairs, ([, day]) => day),
  };
}
