import * as z from 'zod';
import type { DrillTarget } from './drill.ts';

/** The result of a restore, as the service reports it. Times are in seconds. */
const report = z.object({
  tables: z.int(),
  rows: z.int(),
  backupSeconds: z.number(),
  restoreSeconds: z.number(),
  compareSeconds: z.number(),
  heldUpMs: z.number(),
  /** Tables whose rows differ from the backup. */
  differences: z.array(z.string()),
});
export type RestoreReport = z.output<typeof report>;

/** The drill that pages nobody: only a restore shows whether a backup works. */
export const RESTORE = {
  name: 'restore',
  what: 'Backs up PostgreSQL while it runs, restores the backup next to it, and compares all rows.',
} as const;

/**
 * Makes the service back itself up, restore the backup next to itself, and compare. The copy is removed afterwards.
 * @throws Error if the backup or its restore failed
 */
export async function runRestore({ injectFault }: Pick<DrillTarget, 'injectFault'>): Promise<RestoreReport> {
  const { lift, details } = await injectFault(RESTORE.name);
  try {
    return report.parse(details);
  } finally {
    await lift();
  }
}

/** Lines for a person. */
export function restoreLines(found: RestoreReport): string[] {
  const { tables, rows, backupSeconds, restoreSeconds, compareSeconds, heldUpMs } = found;
  return [
    `backup    ${backupSeconds.toFixed(1)} s; writers waited ${heldUpMs.toFixed(0)} ms of it`,
    `restore   ${restoreSeconds.toFixed(1)} s until the copy accepted connections`,
    `compare   ${compareSeconds.toFixed(1)} s: ${rows} rows in ${tables} tables, by count and by hash`,
    ...(found.differences.length === 0
      ? ['The copy contains exactly the rows of the service.']
      : found.differences.map((difference) => `DIFFERENT ${difference}`)),
  ];
}
