/** The share of cells that may have another form, such as repeated titles or a line of totals. */
const MOST_OTHERS = 0.1;

/** Whether enough cells match to decide on a form. */
export const areMost = (fitting: number, all: number): boolean => fitting > 0 && all - fitting <= all * MOST_OTHERS;
