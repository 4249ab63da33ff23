import cliProgress from 'cli-progress';
import { clock, grouped, type Terminal } from './terminal.ts';

/** Shows progress, with rows per second and the time left. */
export interface ProgressBar {
  /** @param done progress on the scale of `total` */
  show(done: number, rows: number): void;
  /** A line for a person, above the bar. */
  note(line: string): void;
  stop(): void;
}

/** A bar on a terminal; otherwise a line every few seconds. */
export function showProgress(total: number, terminal: Terminal): ProgressBar {
  const startedAt = performance.now();
  const bar = new cliProgress.SingleBar({
    format: '{bar} {percentage} %  {rows} rows  {rate} rows/s  {left} left',
    ...{ barsize: 24, hideCursor: true, stream: terminal.progress },
    ...{ noTTYOutput: !terminal.isInteractive, notTTYSchedule: 5000 },
  });
  bar.start(Math.max(1, total), 0, { rows: '0', rate: '0', left: '?' });
  return {
    show: (done, rows) => {
      const seconds = (performance.now() - startedAt) / 1000;
      const left = done === 0 ? '?' : clock((seconds * (total - done)) / done);
      bar.update(Math.min(done, total), { rows: grouped(rows), rate: grouped(Math.round(rows / seconds)), left });
    },
    note: (line) => {
      // over the bar, which is drawn again below the line
      if (terminal.isInteractive) terminal.progress.write('\r\x1b[K');
      terminal.note(line);
    },
    stop: () => bar.stop(),
  };
}
