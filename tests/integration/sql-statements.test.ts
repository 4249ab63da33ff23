import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { everyStatement } from '../../bin/sql/every-statement.ts';
import { pasteable } from '../../bin/sql/paste-statement.ts';
import { withClient } from '../support/postgres.ts';
import { startService, type TestService } from '../support/service.ts';
import { statementNames } from '../support/statement-names.ts';

/** `npm run sql` prints every statement that the functions send. */

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

/** Statements that a driver and the probe send on their own. */
const WITHOUT_TABLES = ['begin', 'commit', 'rollback', 'round-trip'];

test('every statement of the functions is printed', () => {
  const printed = new Set(everyStatement().map(({ name }) => name));
  expect([...printed].sort()).toEqual(statementNames().filter((name) => !WITHOUT_TABLES.includes(name)));
});

test.each(everyStatement().map((statement) => [statement.name, statement] as const))(
  'psql plans %s as printed, as the role of the application',
  async (name, statement) => {
    const text = pasteable(statement);
    expect(text).toMatch(new RegExp(`^-- ${name}\\n`));
    expect(text).not.toMatch(/\$\d/);
    const plan = await withClient(service.database.appUrl, (client: pg.Client) =>
      client.query(text.replace('\n', '\nexplain ')),
    );
    expect(plan.rows.length).toBeGreaterThan(0);
  },
);
