import * as z from 'zod';

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const MINUTES_PER_DAY = 24 * 60;
const MINUTES_PER_WEEK = 7 * MINUTES_PER_DAY;
/** RDS accepts no shorter window. Minutes. */
const SHORTEST_MINUTES = 30;

const TIME = '(?:[01]\\d|2[0-3]):[0-5]\\d';
const DAY = `(?:${DAYS.join('|')})`;

/** A time of the day as RDS writes it: `00:30-01:30`. UTC. */
export const dailyWindow = z
  .string()
  .regex(new RegExp(`^${TIME}-${TIME}$`), 'must be as 00:30-01:30')
  .refine(
    (window) => lengthOf(dailyMinutes(window), MINUTES_PER_DAY) >= SHORTEST_MINUTES,
    'must be 30 minutes or longer',
  );

/** A time of the week as RDS writes it: `sun:03:00-sun:04:00`. UTC. */
export const weeklyWindow = z
  .string()
  .regex(new RegExp(`^${DAY}:${TIME}-${DAY}:${TIME}$`), 'must be as sun:03:00-sun:04:00')
  .refine(
    (window) => lengthOf(weeklyMinutes(window), MINUTES_PER_WEEK) >= SHORTEST_MINUTES,
    'must be 30 minutes or longer',
  );

/** Whether a daily window touches a weekly one on any day. */
export function overlap(daily: string, weekly: string): boolean {
  const [from, to] = dailyMinutes(daily);
  const length = lengthOf([from, to], MINUTES_PER_DAY);
  const [start, end] = weeklyMinutes(weekly);
  const weeklyLength = lengthOf([start, end], MINUTES_PER_WEEK);
  // on a circle, two ranges overlap if one begins inside the other
  return DAYS.some((_, day) => {
    const begin = day * MINUTES_PER_DAY + from;
    return distance(start, begin) < weeklyLength || distance(begin, start) < length;
  });
}

/** When a weekly window begins, as CloudWatch writes it: `cron(0 3 * * SUN)`. */
export function cronOfWindow(weekly: string): string {
  const [day = '', hours = '', minutes = ''] = (weekly.split('-')[0] ?? '').split(':');
  return `cron(${Number(minutes)} ${Number(hours)} * * ${day.toUpperCase()})`;
}

/** How long a weekly window is. Minutes. */
export const minutesOfWindow = (weekly: string): number => lengthOf(weeklyMinutes(weekly), MINUTES_PER_WEEK);

const distance = (from: number, to: number): number =>
  (((to - from) % MINUTES_PER_WEEK) + MINUTES_PER_WEEK) % MINUTES_PER_WEEK;

type MinuteRange = readonly [from: number, to: number];

const lengthOf = ([from, to]: MinuteRange, circle: number): number => (to - from + circle) % circle;

const minutesOf = (time: string): number => {
  const [hours = '0', minutes = '0'] = time.split(':');
  return 60 * Number(hours) + Number(minutes);
};

function dailyMinutes(window: string): MinuteRange {
  const [from = '', to = ''] = window.split('-');
  return [minutesOf(from), minutesOf(to)];
}

function weeklyMinutes(window: string): MinuteRange {
  const minutes = window
    .split('-')
    .map((moment) => DAYS.indexOf(moment.slice(0, 3)) * MINUTES_PER_DAY + minutesOf(moment.slice(4)));
  return [minutes[0] ?? 0, minutes[1] ?? 0];
}
