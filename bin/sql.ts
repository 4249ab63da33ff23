/**
 * `npm run sql`: prints every statement of the service as it can be pasted into psql, with sample values.
 * `npm run sql -- latest-ticks settle-ticks`: only those.
 */
import { everyStatement } from './sql/every-statement.ts';
import { pasteable } from './sql/paste-statement.ts';

const names = process.argv.slice(2);
const statements = everyStatement();
const unknown = names.filter((name) => statements.every((statement) => statement.name !== name));
if (unknown.length > 0) {
  console.error(
    `No statement is called ${unknown.join(', ')}. There are: ${statements.map(({ name }) => name).join(', ')}`,
  );
  process.exit(1);
}
for (const statement of statements)
  if (names.length === 0 || names.includes(statement.name)) console.log(pasteable(statement));
