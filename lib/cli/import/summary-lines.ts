import { clock, grouped } from '../terminal/terminal.ts';
import type { RejectedFile } from './rejected-file.ts';
import type { ImportSummary } from './run-import.ts';

/** The result of an import, for a person. */
export function summaryLines(summary: ImportSummary, seconds: number, rejected: RejectedFile): string[] {
  const counts = (['inserted', 'duplicates', 'conflicts', 'tombstoned', 'replaced', 'rejected'] as const)
    .filter((name) => name === 'inserted' || summary[name] > 0)
    .map((name) => `${grouped(summary[name])} ${name}`);
  const rate = grouped(Math.round(summary.received / Math.max(seconds, 0.001)));
  const [first, last] = [summary.batchIds[0], summary.batchIds.at(-1)];
  return [
    `${grouped(summary.received)} rows in ${clock(seconds)} (${rate} rows/s): ${counts.join(', ')}.`,
    ...(first === undefined ? [] : [`Batches: ${first === last ? first : `${first} to ${last}`}.`]),
    ...(summary.replayedParts === 0
      ? []
      : [`${grouped(summary.replayedParts)} of ${grouped(summary.parts)} parts were stored by an earlier run.`]),
    ...summary.refusedParts.map(
      ({ file, firstLine, lines, reason }) =>
        `Refused: ${file}, lines ${firstLine} to ${firstLine + lines - 1}: ${reason}`,
    ),
    ...(rejected.rows === 0 ? [] : [`Rejected rows, with line and reason: ${rejected.path}`]),
  ];
}
