import { readFileSync } from 'node:fs';
import type { TestService } from './service.ts';

/** Runs the nightly maintenance, which archives old partitions. @returns the names of partitions */
export async function maintain(
  of: TestService,
): Promise<{ made: string[]; archived: string[]; expired: Record<string, number> }> {
  const result = await of.environments.invoke('maintain-partitions', {});
  if (!result.ok) throw new Error(`maintenance failed: ${JSON.stringify(result)}`);
  return result.payload as Awaited<ReturnType<typeof maintain>>;
}

/** A tick in a new month, so that tests do not share a partition. */
let year = 1980;
export const newMonth = () => {
  year += 1;
  return { year, timestamp: `${year}-05-15T12:00:00.000001Z`, partition: `market_data_${year}_05` };
};

/** A block of SQL in docs/deploy.md, by the comment that names it. */
export function documented(name: string): string {
  const text = readFileSync(new URL('../../docs/deploy.md', import.meta.url), 'utf8');
  const [, sql] = new RegExp(`\`\`\`sql\\n-- ${name}[^\\n]*\\n([^\`]*)\`\`\``).exec(text) ?? [];
  if (sql === undefined) throw new Error(`docs/deploy.md has no SQL ${name}`);
  return sql;
}
