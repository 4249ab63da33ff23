/** A run of days without rows between days that have some. */
export interface Gap {
  readonly from: string;
  readonly to: string;
  /** Its days from Monday to Friday. A gap without any is a weekend and is left out. */
  readonly weekdays: number;
}

const DAY_MS = 86_400_000;

/** @param days `2026-01-31`, ascending: those that have rows */
export function findGaps(days: readonly string[]): Gap[] {
  return days.slice(1).flatMap((day, index) => {
    const before = Date.parse(days[index] as string);
    const missing: number[] = [];
    for (let at = before + DAY_MS; at < Date.parse(day); at += DAY_MS) missing.push(at);
    const weekdays = missing.filter((at) => ![0, 6].includes(new Date(at).getUTCDay())).length;
    const [from] = missing;
    const to = missing.at(-1);
    return weekdays === 0 || from === undefined || to === undefined
      ? []
      : [{ from: dayOf(from), to: dayOf(to), weekdays }];
  });
}

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);
