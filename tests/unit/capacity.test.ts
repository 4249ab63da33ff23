import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { capacityErrors } from '../../functions/config/capacity.ts';
import { validateConfig } from '../../functions/config/validate-config.ts';
import { capacityFactsOf, effectiveConfigOf, exactPool } from '../../lib/config/capacity.ts';
import { type InfraConfig, readConfig } from '../../lib/config/schema.ts';

const validationOf = (config: InfraConfig) => validateConfig(effectiveConfigOf(readConfig(config)));
const email = ['oncall@example.com'];
const runbookUrl = 'https://wiki.example.com/runbook';
const alerts: InfraConfig['alerts'] = { runbookUrl, critical: { email } };

describe('the capacity proof', () => {
  test('holds for the defaults of every backend', () => {
    for (const database of [
      { kind: 'aurora', backend: 'proxy' },
      { kind: 'aurora', backend: 'data-api' },
      { kind: 'neon' },
      { kind: 'postgres' },
    ] as const)
      expect(validationOf({ alerts, database })).toMatchObject({ isValid: true, errors: [] });
  });

  test('prints the sum of the functions if the pooler admits fewer clients', () => {
    const { isValid, errors } = validationOf({ database: { kind: 'aurora', maxClients: 100 } });
    expect(isValid).toBe(false);
    expect(errors).toEqual([
      'Capacity: (ingest 40 + delete 5 + restore 5 + read 50 + reference-data 5 + health 5 + probe-health 2 + maintain-partitions 2 + smoke-run 1) x 1 connection = 115 connections, but RDS Proxy admits 100 clients.',
    ]);
  });

  test('prints the free connections of Postgres if the pool is larger', () => {
    const { errors } = validationOf({ database: { kind: 'postgres', maxConnections: 99 } });
    expect(errors).toEqual([
      'Capacity: PgBouncer can open 70 server connections, but max_connections 99 - 30 reserved = 69.',
    ]);
  });

  test('is exact at the boundary', () => {
    expect(validationOf({ alerts, database: { kind: 'postgres', maxConnections: 100, maxClients: 115 } }).isValid).toBe(
      true,
    );
    expect(validationOf({ alerts, database: { kind: 'postgres', maxConnections: 100, maxClients: 112 } }).isValid).toBe(
      false,
    );
  });

  test('counts the account’s quota, without the hundred that AWS reserves', () => {
    expect(validationOf({ deployment: { accountConcurrency: 221 } }).isValid).toBe(true);
    expect(validationOf({ deployment: { accountConcurrency: 220 } }).errors).toEqual([
      'Capacity: the functions reserve 121 executions, but the account has 220 - 100 unreserved = 120.',
    ]);
  });

  test('uses the limits that Neon fixes', () => {
    const facts = (computeUnits: number) => capacityFactsOf(readConfig({ database: { kind: 'neon', computeUnits } }));
    expect(facts(0.25).database).toEqual({ maxConnections: 104, reservedConnections: 7 });
    expect(facts(0.25).pooler).toEqual({ name: "Neon's pooler", maxClients: 10_000, serverConnections: 93 });
    expect(facts(56).database.maxConnections).toBe(4000);
  });

  test('fails exactly if the sums do not fit', () => {
    const count = fc.integer({ min: 0, max: 2000 });
    const facts = fc.record({
      functions: fc.dictionary(fc.constantFrom('ingest', 'read', 'delete'), count),
      connectionsEach: fc.integer({ min: 1, max: 4 }),
      pooler: fc.record({ name: fc.constant('P'), maxClients: count, serverConnections: count }),
      database: fc.record({ maxConnections: count, reservedConnections: count }),
      accountConcurrency: count,
      reservedConcurrency: count,
    });
    fc.assert(
      fc.property(facts, (given) => {
        const clients = Object.values(given.functions).reduce((a, b) => a + b, 0) * given.connectionsEach;
        const broken = [
          clients > given.pooler.maxClients,
          given.pooler.serverConnections + given.database.reservedConnections > given.database.maxConnections,
          given.reservedConcurrency + 100 > given.accountConcurrency,
        ];
        expect(capacityErrors(given)).toHaveLength(broken.filter(Boolean).length);
      }),
    );
  });
});

describe('the percentage of RDS Proxy', () => {
  test('is 70 of 100 for the default pool', () => {
    expect(exactPool(70, 30)).toEqual({ maxConnections: 100, percent: 70 });
  });

  test('is an exact integer, and leaves the reserved connections, for every pool', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 2000 }), fc.integer({ min: 10, max: 500 }), (total, reserved) => {
        const { maxConnections, percent } = exactPool(total, reserved);
        expect(Number.isInteger(percent)).toBe(true);
        expect((maxConnections * percent) / 100).toBe(total);
        expect(maxConnections - total).toBeGreaterThanOrEqual(reserved);
      }),
    );
  });

  test('is refused beyond the limit of Aurora', () => {
    expect(() => exactPool(4990, 30)).toThrow(/no max_connections up to 5000 leaves 30 .* = 4990/);
  });
});

describe('the validation', () => {
  test.each([
    [{ pooler: { baseConnections: 9 } }, 'with fewer than 10', 'to 20 or more'],
    [{ pooler: { overflowConnections: 19 } }, 'with fewer than 20', 'to 50 or more'],
    [{ database: { kind: 'aurora', minAcu: 0 } }, 'never sleeps', 'data-api'],
    [{ database: { kind: 'aurora', readers: 0 } }, 'if the writer fails', 'readers to 1'],
    [{ database: { kind: 'aurora', deletionProtection: false } }, 'deletionProtection is off', 'to true'],
    [{ database: { kind: 'aurora', backupDays: 3 } }, 'no longer be recoverable', 'to 14'],
    [{ api: { authorization: 'none', openToAnyone: true } }, 'anyone who finds the URL', "'iam' or 'jwt'"],
    [{ alerts: {} }, 'alerts.critical has no recipient', 'alerts.critical.email'],
    [
      { alerts: { runbookUrl, critical: { pagerDuty: ['secret:pager-duty'] } } },
      'while PagerDuty takes no events, nobody is paged',
      'alerts.critical.sms or .email',
    ],
    [
      { database: { kind: 'postgres', maxClients: 229 } },
      'two versions are open for some minutes: up to 230',
      '230 clients',
    ],
    [{ ingest: { concurrency: 260 } }, 'more than four clients per connection', 'Lower the concurrency'],
  ] as [InfraConfig, string, string][])('of %j warns and recommends, and is still valid', (config, warning, advice) => {
    const result = validationOf({ alerts, ...config });
    expect(result.isValid).toBe(true);
    expect(result.warnings).toHaveLength(1);
    expect(result.warnings[0]).toContain(warning);
    expect(result.recommendations[0]).toContain(advice);
  });

  test('accepts the defaults with a recipient without a warning', () => {
    expect(validationOf({ alerts })).toEqual({ isValid: true, warnings: [], errors: [], recommendations: [] });
  });

  test('does not check a pool that we do not configure', () => {
    expect(validationOf({ alerts, database: { kind: 'neon' }, pooler: { baseConnections: 5 } }).warnings).toEqual([]);
  });
});

test('the effective configuration shows every setting, and no address', () => {
  const settings = readConfig({
    alerts: {
      runbookUrl,
      critical: {
        email,
        https: ['https://events.example.com/KEY/enqueue'],
        sms: ['+41791234567'],
        pagerDuty: ['secret:KEY'],
      },
      warning: { slack: [{ workspaceId: 'T0123ABCD', channelId: 'C0123ABCD' }] },
    },
  });
  const text = JSON.stringify(effectiveConfigOf(settings));
  for (const secret of ['oncall@', 'KEY', '+4179', 'T0123', 'C0123']) expect(text).not.toContain(secret);
  for (const name of Object.keys(settings)) expect(text).toContain(`"${name}"`);
});
