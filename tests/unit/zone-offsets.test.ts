import { expect, test } from 'vitest';
import { chooseRollup } from '../../functions/bars/choose-rollup.ts';
import { midnightsAlign, repeatsMidnight } from '../../functions/contract/zone-offsets.ts';

const seconds = (day: string): number => Date.parse(day) / 1000;

test.each([
  ['America/New_York', '1970-01-01', '2026-11-01', [60, 900, 1800, 3600]],
  ['Asia/Kolkata', '2020-01-01', '2021-01-01', [60, 900, 1800]],
  ['Asia/Kathmandu', '2020-01-01', '2021-01-01', [60, 900]],
  ['Australia/Lord_Howe', '2020-01-01', '2021-01-01', [60, 900, 1800]],
  // half an hour ahead until 1982
  ['Asia/Singapore', '1981-01-01', '1981-06-01', [60, 900, 1800]],
  ['Asia/Singapore', '2020-01-01', '2021-01-01', [60, 900, 1800, 3600]],
  // clocks were changed a minute past midnight until 2011
  ['America/St_Johns', '2006-01-01', '2007-01-01', [60]],
  ['America/St_Johns', '2020-01-01', '2021-01-01', [60, 900, 1800]],
  // 44 minutes and 30 seconds behind until 1972
  ['Africa/Monrovia', '1970-01-01', '1971-01-01', []],
  ['UTC', '1970-01-01', '2026-11-28', [60, 900, 1800, 3600, 86_400]],
])('midnights of %s from %s to %s are at multiples of these seconds', (timeZone, from, until, lengths) => {
  const aligned = [60, 900, 1800, 3600, 86_400].filter((length) =>
    midnightsAlign(timeZone, length, { from: seconds(from), until: seconds(until) }),
  );
  expect(aligned).toEqual(lengths);
});

test.each([
  ['daily bars of UTC from days', 86_400, 'UTC', 0, 86_400],
  ['weekly bars of New York from hours', 604_800, 'America/New_York', 0, 3600],
  ['hourly bars of India from half hours', 3600, 'Asia/Kolkata', 0, 1800],
  ['30-minute bars of any zone from half hours', 1800, 'Asia/Kathmandu', 0, 1800],
  ['bars of a second from ticks', 1, 'UTC', 0, undefined],
  ['hourly bars of stored 15-minute bars from half hours', 3600, 'Asia/Kolkata', 900, 1800],
  ['hourly bars of stored ones from those', 3600, 'UTC', 3600, undefined],
])('%s', (_what, length, timeZone, sourceSeconds, chosen) => {
  const period = { from: seconds('2025-01-01'), until: seconds('2026-01-01') };
  expect(chooseRollup({ seconds: length, timeZone, sourceSeconds, ...period })).toBe(chosen);
});

test.each([
  ['Atlantic/Azores', '2025-10-20', true],
  ['Atlantic/Azores', '2025-06-01', false],
  ['America/Havana', '2025-11-01', true],
  ['America/St_Johns', '2006-10-28', true],
  // from midnight back to 23:00: the next midnight is the first one that stays
  ['Asia/Beirut', '2025-10-25', false],
  ['America/New_York', '2025-11-01', false],
  ['UTC', '2025-11-01', false],
])('whether %s shows a midnight twice about %s', (timeZone, day, expected) => {
  expect(repeatsMidnight(timeZone, { from: seconds(day), until: seconds(day) + 86_400 })).toBe(expected);
});
