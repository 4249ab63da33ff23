import { describe, expect, test } from 'vitest';
import { dataApiError, isNotRun, isTooLarge } from '../../functions/database/drivers/data-api/data-api-errors.ts';

const fault = (name: string, message: string, more: object = {}) =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 400 }, ...more });
const map = (name: string, message: string, more: object = {}) =>
  dataApiError(fault(name, message, more), { statement: 's', rolledBack: false });

describe('an error of the Data API', () => {
  test('that comes from Postgres has its code, message and constraint', () => {
    const message = 'ERROR: duplicate key value violates unique constraint "episodes_pk"; SQLState: 23505';
    expect(map('DatabaseErrorException', message)).toMatchObject({
      kind: 'constraint',
      message: 'duplicate key value violates unique constraint "episodes_pk"',
      fields: { code: '23505', constraint: 'episodes_pk', statement: 's', rolledBack: true },
    });
  });

  test('in the format of an older version also has the detail', () => {
    const message =
      'ERROR: duplicate key value violates unique constraint "episodes_pk"\n  Detail: Key (pid)=(constraint "x") already exists.; SQLState: 23505';
    expect(map('BadRequestException', message).fields).toMatchObject({
      constraint: 'episodes_pk',
      detail: 'Key (pid)=(constraint "x") already exists.',
    });
  });

  test('names the constraint of a foreign key, and not its tables', () => {
    const message =
      'ERROR: update or delete on table "sheets" violates foreign key constraint "setlist_fkey" on table "setlists"; SQLState: 23503';
    expect(map('DatabaseErrorException', message).fields.constraint).toBe('setlist_fkey');
  });

  test.each([
    ['alone', 'expected_count_mismatch {"affected" : 3}'],
    ['before a position', 'expected_count_mismatch {"affected" : 3}\n  Position: 12'],
  ])('by tick_store.refuse has its detail in the message, %s', (_, text) => {
    const { kind, fields } = map('DatabaseErrorException', `ERROR: ${text}; SQLState: TS001`);
    expect([kind, JSON.parse(fields.detail ?? '')]).toEqual(['constraint', { affected: 3 }]);
  });

  test('that may have come after the commit is not reported as rolled back', () => {
    const message = 'FATAL: terminating connection due to administrator command; SQLState: 57P01';
    expect(map('DatabaseErrorException', message)).toMatchObject({
      kind: 'unavailable',
      fields: { rolledBack: false },
    });
  });

  test.each([
    ['DatabaseErrorException', 'Transaction is still running a query', 'unavailable'],
    ['BadRequestException', 'Communications link failure\n\nThe last packet sent', 'unavailable'],
    ['BadRequestException', 'Cannot find parameter: p1', 'bug'],
    ['TimeoutError', 'Connection timed out after 5000 ms', 'unavailable'],
    ['SecretsErrorException', 'timed out', 'unavailable'],
    ['InvalidSecretException', 'not a login', 'bug'],
  ])('%s "%s" is %s', (name, message, kind) => {
    expect(map(name, message).kind).toBe(kind);
  });

  test.each([
    ['ECONNRESET', false],
    ['ECONNREFUSED', true],
    ['ENOTFOUND', true],
  ])('%s is unavailable, and rolled back: %s', (code, rolledBack) => {
    expect(map('Error', `connect ${code}`, { code })).toMatchObject({
      kind: 'unavailable',
      fields: { code, rolledBack },
    });
  });

  test('of a gateway in between is classified as unavailable by its status', () => {
    expect(map('Error', '<html>', { $metadata: { httpStatusCode: 502 } }).kind).toBe('unavailable');
    expect(map('Error', '<html>', { $metadata: { httpStatusCode: 413 } }).kind).toBe('bug');
  });

  test('shows whether anything was run, and whether a result was too large', () => {
    expect(isNotRun(fault('DatabaseResumingException', 'x'))).toBe(true);
    expect(isNotRun(fault('ThrottlingException', 'x'))).toBe(true);
    expect(isNotRun(fault('StatementTimeoutException', 'x'))).toBe(false);
    for (const message of ['Database response exceeded size limit', 'Packet for query is too large'])
      expect(isTooLarge(map('BadRequestException', message))).toBe(true);
    expect(isTooLarge(map('BadRequestException', 'The sql is too large'))).toBe(false);
  });
});
