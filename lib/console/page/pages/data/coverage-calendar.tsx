import type { Coverage } from '../../../../../functions/contract/coverage.ts';
import { counted } from '../../state/format.ts';

interface CoverageCalendarProps {
  readonly days: readonly Coverage[];
  readonly onPick: (day: string) => void;
}

const LEVELS = 4;

/** A square per day, darker with more rows. A table per year, by month, makes it accessible to screen readers. */
export function CoverageCalendar({ days, onPick }: CoverageCalendarProps) {
  const byDay = new Map(days.map((day) => [day.period, day]));
  const most = Math.max(...days.map(({ rows }) => rows), 1);
  const months = [...new Set(days.map(({ period }) => period.slice(0, 7)))];
  return (
    <div class="calendar">
      {months.map((month) => (
        <div key={month} class="month">
          <h3 class="number">{month}</h3>
          <ol class="plain">
            {daysOf(month).map(({ day, column }) => {
              const covered = byDay.get(day);
              const level = covered === undefined || covered.rows === 0 ? 0 : Math.ceil((covered.rows / most) * LEVELS);
              const text = `${day}: ${counted(covered?.rows ?? 0, 'row')}${covered?.deleted ? `, ${counted(covered.deleted, 'row')} deleted` : ''}`;
              return (
                <li key={day} style={column === undefined ? {} : { gridColumnStart: column }}>
                  <button
                    type="button"
                    class={`day level-${level}`}
                    title={text}
                    disabled={level === 0}
                    onClick={() => onPick(day)}
                  >
                    {Number(day.slice(8))}
                    <span class="visually-hidden"> {text}</span>
                  </button>
                </li>
              );
            })}
          </ol>
        </div>
      ))}
    </div>
  );
}

/** The days of a month; the first has the column of its weekday, Monday first. */
function daysOf(month: string): { day: string; column: number | undefined }[] {
  const [year = 0, number = 1] = month.split('-').map(Number);
  const length = new Date(Date.UTC(year, number, 0)).getUTCDate();
  const firstWeekday = (new Date(Date.UTC(year, number - 1, 1)).getUTCDay() + 6) % 7;
  return Array.from({ length }, (_, index) => ({
    day: `${month}-${String(index + 1).padStart(2, '0')}`,
    column: index === 0 ? firstWeekday + 1 : undefined,
  }));
}
