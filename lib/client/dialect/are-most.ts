/** Of cells of one form, so many may be something else: titles that are repeated, a line of totals. */
const MOST_OTHERS = 0.1;

/** Whether so many of all are enough to tell the form. */
export const areMost = (fitting: number, all: number): boolean => fitting > 0 && all - fitting <= all * MOST_OTHERS;
