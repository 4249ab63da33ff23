/**
 * `npm run sql`: prints every statement of the service, with sample values, so that it can be pasted into psql. `npm
 * run sql -- latest-ticks settle-ticks` prints only these.
 */
import { everyStatement } from './sql/every-statement.ts';
import { pasteable } from './sql/paste-statement.ts';

const names = process.argv.slice(2);
const statements = everyStatement();
const unknown = names.filter((name) => statements.every((statement) => statement.name !== name));
if (unknown.length > 0) {
  console.error(
    `There is no statement ${unknown.join(', ')}. The statements are: ${statements.map(({ name }) => name).join(', ')}`,
  );
  process.exit(1);
}
for (const statement of statements)
  if (names.length === 0 || names.includes(statement.name)) console.log(pasteable(statement));
