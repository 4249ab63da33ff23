import { expect, test } from 'vitest';
import { DatabaseError, type DatabaseErrorFields, type DatabaseErrorKind } from '../../functions/database/errors.ts';
import { withRetries } from '../../functions/database/retry.ts';

const failure = (kind: DatabaseErrorKind, fields: Partial<DatabaseErrorFields> = {}) =>
  new DatabaseError(kind, kind, { rolledBack: false, ...fields });

/** Fails so often, then returns; counts how often it was tried. */
function attempt(errors: Error[]) {
  const left = [...errors];
  const tried = { times: 0 };
  return {
    tried,
    run: async () => {
      tried.times++;
      const error = left.shift();
      if (error) throw error;
      return 'done';
    },
  };
}

const soon = (idempotent: boolean) => ({ deadline: Date.now() + 10_000, idempotent });

test.each([
  ['a deadlock', failure('conflict', { code: '40P01', rolledBack: true }), false],
  ['a lost connection before anything was committed', failure('unavailable', { rolledBack: true }), false],
  ['a lost connection of an idempotent call', failure('unavailable'), true],
])('retries after %s', async (_, error, idempotent) => {
  const { tried, run } = attempt([error]);
  await expect(withRetries(run, soon(idempotent))).resolves.toBe('done');
  expect(tried.times).toBe(2);
});

test.each([
  ['a lost connection that may have committed', failure('unavailable'), false],
  ['a lock that did not come free in time', failure('conflict', { code: '55P03', rolledBack: true }), true],
  ['an exhausted pool', failure('overload', { rolledBack: true }), true],
  ['a timeout', failure('timeout', { rolledBack: true }), true],
  ['a broken rule', failure('constraint', { rolledBack: true }), true],
  ['a bug', failure('bug', { rolledBack: true }), true],
  ['an error that is not the database’s', new TypeError('x'), true],
])('does not retry after %s', async (_, error, idempotent) => {
  const { tried, run } = attempt([error]);
  await expect(withRetries(run, soon(idempotent))).rejects.toBe(error);
  expect(tried.times).toBe(1);
});

test('gives up after the third attempt, with its error', async () => {
  const errors = [1, 2, 3, 4].map((n) => failure('unavailable', { rolledBack: true, code: String(n) }));
  const { tried, run } = attempt(errors);
  await expect(withRetries(run, soon(true))).rejects.toBe(errors[2]);
  expect(tried.times).toBe(3);
});

test('does not begin an attempt without enough time, whose error would hide the real one', async () => {
  const { tried, run } = attempt([failure('unavailable', { rolledBack: true })]);
  // drivers leave half a second of the deadline for the response
  await expect(withRetries(run, { deadline: Date.now() + 540, idempotent: true })).rejects.toThrow('unavailable');
  expect(tried.times).toBe(1);
});

test('does not begin a pause that would outlast the deadline', async () => {
  const { tried, run } = attempt([failure('unavailable', { rolledBack: true })]);
  await expect(withRetries(run, { deadline: Date.now() + 40, idempotent: true })).rejects.toThrow('unavailable');
  expect(tried.times).toBe(1);
});

test.each<[DatabaseErrorKind, DatabaseErrorKind]>([
  ['overload', 'unavailable'],
  ['conflict', 'unavailable'],
  ['timeout', 'timeout'],
  ['constraint', 'constraint'],
])('after an attempt that may have committed, %s does not say that nothing was written', async (last, told) => {
  const { run } = attempt([failure('unavailable'), failure(last, { code: '55P03', rolledBack: true })]);
  await expect(withRetries(run, soon(true))).rejects.toMatchObject({
    kind: told,
    fields: { rolledBack: false, code: '55P03' },
  });
});
